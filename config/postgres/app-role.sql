-- Run once in the new database, by a superuser or by its owner if that may create roles. The product
-- itself works as `soforttermin`: it reads and writes rows of its owner's tables, and can neither
-- change nor drop one. Of the tables that say who did what it can't change a row either:
-- `manage.py migrate` sees to that.
\set database_password `cat "$DATABASE_PASSWORD_FILE" 2>/dev/null || printf %s "$DATABASE_PASSWORD"`
SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = current_database() \gset
CREATE ROLE soforttermin LOGIN PASSWORD :'database_password';
-- On the role, so that they hold behind a pooler too. config.environment has the same for a session.
ALTER ROLE soforttermin SET lock_timeout = '3s';
ALTER ROLE soforttermin SET statement_timeout = '10s';
ALTER ROLE soforttermin SET idle_in_transaction_session_timeout = '15s';
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO :"owner";
GRANT USAGE ON SCHEMA public TO soforttermin;
-- Rights on what the owner will make, whoever runs this.
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO soforttermin;
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO soforttermin;
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
