#!/usr/bin/env bash
# From a fresh checkout on Debian 12 to a story: ./quickstart.sh [CHECKPOINT]
# CHECKPOINT is a GGUF file or a Hugging Face folder; without it, the small bundled model is used.
set -euo pipefail
called_from=$PWD
cd "$(dirname "$0")"

checkpoint=$PWD/test/data/models/stories260K-f32.gguf
if [[ $# -gt 0 ]]; then
  checkpoint=$(cd "$called_from" && realpath -e "$1")
fi

cmake/packages.sh
cmake --preset release
cmake --build build --target vspec-compile vspec-run

name=$(basename "$checkpoint" .gguf)
model=build/$name.vspec
build/bin/vspec-compile "$checkpoint" -o "$model"
build/bin/vspec-run "$model" --prompt "Once upon a time" -n 200 --stats
echo
echo "The model file is $model. Go on with: build/bin/vspec-run $model --help"
