#!/usr/bin/env bash
# Installs what test/servers/ starts: Ceph's gateway for S3, with a monitor and a store. Version 16.2.15 (Debian 12) where apt
# has it; else what apt has, which is said.
set -euo pipefail

packages=(radosgw ceph-mon ceph-osd ceph-common)
version=16.2.15

commands=(radosgw radosgw-admin ceph ceph-mon ceph-osd ceph-authtool monmaptool)

missing=()
for command in "${commands[@]}"; do command -v "$command" >/dev/null || missing+=("$command"); done
if [ "${#missing[@]}" -eq 0 ]; then
  radosgw --version
  exit
fi
if ! command -v apt-get >/dev/null; then
  echo "test:servers needs ${packages[*]}, and there is no apt-get here to install them: install Ceph's ${missing[*]} by other means, then run npm run test:servers." >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
"${as_root[@]}" apt-get update -qq
wanted=()
for package in "${packages[@]}"; do
  if apt-cache madison "$package" | awk '{ print $3 }' | grep -q "^${version//./\\.}"; then
    wanted+=("$package=$version*")
  else
    echo "apt has no $package $version; taking the version that it has" >&2
    wanted+=("$package")
  fi
done
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}"
radosgw --version
