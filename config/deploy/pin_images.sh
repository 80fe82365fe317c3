#!/bin/sh
# Writes the digests of the images that run now into .env, so that nothing else is ever pulled.
set -eu
for pair in CADDY_IMAGE=caddy:2-alpine POSTGRES_IMAGE=postgres:18-alpine VALKEY_IMAGE=valkey/valkey:9-alpine; do
    name=${pair%%=*} image=${pair#*=}
    digest=$(docker image inspect --format '{{index .RepoDigests 0}}' "$image")
    sed -i "/^#\{0,1\}$name=/d" .env
    echo "$name=$image@${digest#*@}" >> .env
done
