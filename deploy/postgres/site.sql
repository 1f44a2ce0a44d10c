-- Once, as postgres, on a new primary. The site never works as superuser.
-- psql -v password="'...'" -v replica_password="'...'" -f site.sql
CREATE ROLE gridops LOGIN PASSWORD :password;
CREATE DATABASE gridops OWNER gridops;
CREATE ROLE gridops_replica LOGIN REPLICATION PASSWORD :replica_password;
SELECT pg_create_physical_replication_slot('gridops_replica');
