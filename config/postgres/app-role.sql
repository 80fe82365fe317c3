-- Run once, when the database is made, by the role that owns the tables. The product itself works
-- as `soforttermin`: it reads and writes rows, and can neither change nor drop a table. Of the
-- tables that say who did what it can't change a row either: `manage.py migrate` sees to that.
\getenv database_password DATABASE_PASSWORD
CREATE ROLE soforttermin LOGIN PASSWORD :'database_password';
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO soforttermin;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO soforttermin;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO soforttermin;
-- A failed statement is logged by its message and code alone: its text, its parameters and the row
-- that it failed on ("Failing row contains ...") are about people. Only a superuser may say so; with
-- any other owner the server's own configuration has to, see docs/operations.md.
SELECT rolsuper AS is_superuser FROM pg_roles WHERE rolname = current_user \gset
\if :is_superuser
ALTER DATABASE :"DBNAME" SET log_min_error_statement = panic;
ALTER DATABASE :"DBNAME" SET log_error_verbosity = terse;
ALTER DATABASE :"DBNAME" SET log_parameter_max_length = 0;
ALTER DATABASE :"DBNAME" SET log_parameter_max_length_on_error = 0;
ALTER DATABASE :"DBNAME" SET log_min_duration_statement = -1;
\else
\warn 'The log of this server may show statements with names in them: see docs/operations.md'
\endif
