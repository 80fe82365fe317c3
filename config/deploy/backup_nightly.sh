#!/bin/sh
# A dump now, and then each night at half past two (UTC), for compose's service `backup`.
set -eu
PGPASSWORD=$(cat "$PGPASSWORD_FILE")
export PGPASSWORD
trap 'exit 0' TERM
while :; do
    sh "$(dirname "$0")/backup.sh" "$1" || echo "no backup was made" >&2
    sleep $((86400 - ($(date +%s) - 9000) % 86400)) &
    wait $!
done
