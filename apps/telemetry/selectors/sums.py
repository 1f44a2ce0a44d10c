"""What a bucket of time is made of, in SQL: one definition for those who store rollups and those who read samples.

The mean is weighted by time: inside a minute a sample counts until the next one of its point or until the minute's end,
and an invalid sample ends the one before it. In a longer bucket every minute that has a valid sample counts alike.
"""

# Bit 1 of the quality says invalid, bit 0 questionable; the worst of many has the one or the other, and every detail.
_WORST = "(bit_or(quality) & ~((bit_or(quality) >> 1) & 1))::smallint"
_VALID = "FILTER (WHERE quality & 2 = 0)"
COLUMNS = "point_id, bucket, n, known_s, min, max, mean, last, quality"


def of_samples(where: str) -> str:
    """Minutes of samples. Of a minute without a valid one only the quality is known."""
    return f"""
SELECT point_id, minute AS bucket, count(*) {_VALID} AS n,
       CASE WHEN count(*) {_VALID} > 0 THEN 60 ELSE 0 END AS known_s,
       min(value) {_VALID} AS min, max(value) {_VALID} AS max,
       sum(value * held_s) {_VALID} / sum(held_s) {_VALID} AS mean,
       (array_agg(value ORDER BY ts) {_VALID})[count(*) {_VALID}] AS last, {_WORST} AS quality
FROM (
    SELECT point_id, minute, ts, value, quality,
           date_part('epoch', lead(ts, 1, minute + '1 minute') OVER (PARTITION BY point_id, minute ORDER BY ts) - ts)
           AS held_s
    FROM (
        SELECT point_id, date_trunc('minute', ts) AS minute, ts, value, quality FROM telemetry_sample WHERE {where}
    ) AS sample
) AS held GROUP BY 1, 2
"""  # noqa: S608  made of constants


def of_rollups(rows: str, step: str) -> str:
    """Longer buckets, of `step` seconds, of the shorter ones in `rows`: a table with its conditions."""
    return f"""
SELECT point_id, date_bin(make_interval(secs => {step}), bucket, 'epoch') AS bucket, sum(n)::integer AS n,
       sum(known_s)::integer AS known_s, min(min) AS min, max(max) AS max,
       sum(mean * known_s) / nullif(sum(known_s), 0) AS mean,
       (array_agg(last ORDER BY bucket) FILTER (WHERE n > 0))[count(*) FILTER (WHERE n > 0)] AS last,
       {_WORST} AS quality
FROM {rows} GROUP BY 1, 2
"""  # noqa: S608
