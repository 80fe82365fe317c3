#!/bin/sh
# Whom it lets in, from the secret; then the pooler itself.
set -eu
umask 077
printf '"soforttermin" "%s"\n' "$(cat /run/secrets/database_password)" > /tmp/users
exec pgbouncer /etc/soforttermin/pgbouncer.ini
