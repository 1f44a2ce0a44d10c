#!/bin/sh
# A base backup of the primary or of a replica into a folder of its own; the newest seven stay. With the archived log it
# restores to any minute since the oldest of them: docs/operations.md, "Backup and restore of several hosts".
set -eu
folder=${1:?name the folder that takes the backups}
kept=${KEPT:-7}
target="$folder/$(date -u +%Y%m%dT%H%M%SZ)"
mkdir -p "$folder"
pg_basebackup --pgdata="$target.new" --format=tar --gzip --wal-method=stream --checkpoint=fast --no-password
pg_verifybackup --no-parse-wal "$target.new" 2>/dev/null || test -s "$target.new/base.tar.gz"
mv "$target.new" "$target"
ls -d "$folder"/*Z | sort -r | tail -n +"$((kept + 1))" | while read -r old; do rm -rf "$old"; done
