#!/usr/bin/env bash
# Puts a towhom program in place: one that is there already (PROGRAM), the release archive of this version, or a build
# from the action's own source. An archive whose checksum is wrong ends the run: it is never worked around.
set -euo pipefail

source_folder=$(cd "$(dirname "$0")/.." && pwd)
folder="$RUNNER_TEMP/towhom-program"
mkdir -p "$folder"

found() {
    "$1" --version
    printf 'program=%s\n' "$1" >> "$GITHUB_OUTPUT"
    exit 0
}

if [ -n "${PROGRAM:-}" ]; then
    if [ ! -x "$PROGRAM" ]; then
        echo "::error title=towhom::There is no program \`$PROGRAM\`; correct the input \`program\`"
        exit 1
    fi
    found "$PROGRAM"
fi

version=${VERSION:-}
if [ -z "$version" ]; then
    version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$source_folder/Cargo.toml" | head -n 1)
fi
if ! [[ "$version" =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]]; then
    echo "::error title=towhom::\`$version\` is no version; the input \`version\` is like 1.2.3"
    exit 1
fi

suffix=
case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) target=x86_64-unknown-linux-gnu ;;
    Linux-aarch64) target=aarch64-unknown-linux-gnu ;;
    Darwin-arm64) target=aarch64-apple-darwin ;;
    Darwin-x86_64) target=x86_64-apple-darwin ;;
    MINGW*-x86_64 | MSYS*-x86_64) target=x86_64-pc-windows-msvc suffix=.exe ;;
    *) target= ;;
esac

# DOWNLOADS is where the releases are; the action knows it by the repository that it was taken from.
downloads=${DOWNLOADS:-}
if [ -z "$downloads" ] && [ -n "${ACTION_REPOSITORY:-}" ]; then
    downloads="${GITHUB_SERVER_URL:-https://github.com}/$ACTION_REPOSITORY/releases/download"
fi

fetch() { # URL FILE
    curl --silent --show-error --fail --location --retry 2 --max-time 120 --output "$2" "$1"
}

if [ -n "$target" ] && [ -n "$downloads" ]; then
    archive="towhom-$version-$target.tar.gz"
    if fetch "$downloads/v$version/$archive" "$folder/$archive" \
        && fetch "$downloads/v$version/$archive.sha256" "$folder/$archive.sha256"; then
        expected=$(cut -d ' ' -f 1 "$folder/$archive.sha256")
        if command -v sha256sum > /dev/null; then
            actual=$(sha256sum "$folder/$archive" | cut -d ' ' -f 1)
        else
            actual=$(shasum -a 256 "$folder/$archive" | cut -d ' ' -f 1)
        fi
        if [ -z "$expected" ] || [ "$actual" != "$expected" ]; then
            echo "::error title=towhom::The checksum of $archive is $actual and should be $expected: it was not used"
            exit 1
        fi
        tar -xzf "$folder/$archive" -C "$folder"
        found "$folder/towhom$suffix"
    fi
    echo "No release archive of towhom $version for $target could be fetched: building it from source."
else
    echo "No release archive is known for this place: building towhom from source."
fi

if ! command -v cargo > /dev/null; then
    echo "::error title=towhom::There is no release archive and no Rust to build towhom with; install Rust 1.90 or later, or give the input \`program\`"
    exit 1
fi
cargo build --release --locked --manifest-path "$source_folder/Cargo.toml" --target-dir "$folder/build"
found "$folder/build/release/towhom$suffix"
