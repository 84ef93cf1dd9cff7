#!/usr/bin/env bash
# Installs what test/page/ opens the page in: Chromium, as Debian and Ubuntu have it.
set -euo pipefail

if command -v chromium >/dev/null; then
  chromium --version
  exit
fi
if ! command -v apt-get >/dev/null; then
  echo "test:page needs Chromium, and there is no apt-get here to install it: install it by other means, say where it is with BRONZESTORE_CHROMIUM, then run npm run test:page." >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium
chromium --version
