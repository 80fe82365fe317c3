#!/bin/sh
# Draws what only machines have to know, a file each; what is there already stays.
# The folder keeps others out. The files in it can be read, since a container sees them with the
# owner they have here, and runs as somebody else.
set -eu
folder=${1:-secrets}
umask 022
[ -d "$folder" ] || mkdir -m 700 "$folder"
for name in secret_key person_key_secret metrics_token database_owner_password database_password redis_password; do
    [ -s "$folder/$name" ] || openssl rand -hex 32 > "$folder/$name"
done
