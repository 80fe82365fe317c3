-- Run once, when the database is made, by the role that owns the tables. The product itself works
-- as `soforttermin`: it reads and writes rows, and can neither change nor drop a table.
\getenv database_password DATABASE_PASSWORD
CREATE ROLE soforttermin LOGIN PASSWORD :'database_password';
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO soforttermin;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO soforttermin;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO soforttermin;
