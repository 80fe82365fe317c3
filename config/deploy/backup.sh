#!/bin/sh
# One dump of the database into a folder: whole or not at all, and read back before it counts.
# Which database, libpq's variables say (PGHOST, PGUSER, ...). After 14 days a dump is deleted:
# docs/privacy.md promises that.
set -eu
umask 077
folder=$1
dump="$folder/soforttermin-$(date -u +%Y%m%dT%H%M%SZ).dump"
trap 'rm -f "$dump.part"' EXIT
pg_dump --format custom --file "$dump.part" "${PGDATABASE:-soforttermin}"
pg_restore --list "$dump.part" > /dev/null
mv "$dump.part" "$dump"
find "$folder" -name 'soforttermin-*.dump' -mtime +13 -delete
