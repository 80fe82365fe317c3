#!/bin/sh
# Writes the digests of the images that run now into .env, so that nothing else is ever pulled.
set -eu
for pair in CADDY_IMAGE=caddy:2-alpine POSTGRES_IMAGE=postgres:18-alpine VALKEY_IMAGE=valkey/valkey:9-alpine \
    CLAMAV_IMAGE=clamav/clamav:1.4; do
    name=${pair%%=*} image=${pair#*=}
    docker image inspect "$image" > /dev/null 2>&1 || continue # of a part that this office does not use
    digest=$(docker image inspect --format '{{index .RepoDigests 0}}' "$image")
    sed -i "/^#\{0,1\}$name=/d" .env
    echo "$name=$image@${digest#*@}" >> .env
done
