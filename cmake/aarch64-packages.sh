#!/usr/bin/env bash
# aarch64-packages.sh FOLDER: what it takes to run AArch64 code on Debian 12 for x86-64. A cross compiler and an emulator are
# installed; the libraries of the runtime for AArch64 are only unpacked in FOLDER, so that the system stays of one architecture.
set -euo pipefail
folder=$1
libraries=(libcrypto libpcre2-8 libutf8proc)
packages=(libssl-dev libpcre2-dev libutf8proc-dev)

"$(dirname "$0")/packages.sh" qemu-user g++-12-aarch64-linux-gnu

missing=()
for i in "${!libraries[@]}"; do
  [[ -e $folder/usr/lib/aarch64-linux-gnu/${libraries[i]}.a ]] || missing+=("${packages[i]}:arm64")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

# An apt of its own, which knows the packages of both architectures.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists,cache,files} "$folder"
options=(-q -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Architectures::=amd64 -o APT::Architectures::=arm64
  -o Acquire::Languages=none -o APT::Sandbox::User="$(id -un)")
echo "unpacking ${missing[*]} in $folder"
apt-get "${options[@]}" update
(cd "$work/files" && apt-get "${options[@]}" download "${missing[@]}")
for file in "$work"/files/*.deb; do
  dpkg-deb --extract "$file" "$folder"
done
