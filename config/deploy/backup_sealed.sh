#!/bin/sh
# Copies the sealed papers of applications into a folder, beside the dumps. What was there already is
# not copied again; what has gone is deleted with the last dump that names it, after 14 days.
set -eu
umask 077
from=$1 to=$2
[ -d "$from" ] || exit 0
mkdir -p "$to"
cd "$from"
find . -type f ! -name '*.part' | while read -r name; do
    if [ -e "$to/$name" ]; then
        touch "$to/$name"
    elif [ -e "$name" ]; then
        mkdir -p "$to/${name%/*}"
        if cp "$name" "$to/$name.part"; then
            mv "$to/$name.part" "$to/$name"
        elif [ -e "$name" ]; then
            exit 1
        fi
    fi
done
find "$to" -type f -mtime +13 -delete
