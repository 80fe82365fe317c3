#!/bin/sh
# A backup now, and then each night at half past two (UTC), for compose's service `backup`. Papers are
# copied before and after the dump, so that it names none that was not copied.
set -eu
PGPASSWORD=$(cat "$PGPASSWORD_FILE")
export PGPASSWORD
trap 'exit 0' TERM
deploy=$(dirname "$0")
while :; do
    sh "$deploy/backup_sealed.sh" "$2" "$1/sealed" && sh "$deploy/backup.sh" "$1" \
        && sh "$deploy/backup_sealed.sh" "$2" "$1/sealed" || echo "no backup was made" >&2
    sleep $((86400 - ($(date +%s) - 9000) % 86400)) &
    wait $!
done
