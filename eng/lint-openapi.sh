#!/usr/bin/env bash
# Lints the OpenAPI document of a server with Redocly's recommended rules.
# usage: eng/lint-openapi.sh [ADDRESS]   (default http://127.0.0.1:8080; needs npm, and asks its registry for @redocly/cli)
set -euo pipefail
address=${1:-http://127.0.0.1:8080}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
curl -fsS "$address/openapi/v1.json" > "$folder/openapi.json"
cd "$folder"
# A load balancer's questions take nothing, so that nothing of them can be wrong.
printf 'extends: [recommended]\nrules:\n  operation-4xx-response: off\n' > redocly.yaml
npx --yes @redocly/cli@2.77.0 lint openapi.json
