# What a page's commands run in. Nothing is fetched: `npx` finds what this checkout has, and to install is to have it.
set -euo pipefail

anneal() {
  if [[ $mode == small && ${1-} == train ]]; then
    node "$MODULES/anneal/bin/anneal.mjs" train $SMALL "${@:2}"
  else
    node "$MODULES/anneal/bin/anneal.mjs" "$@"
  fi
}

npx() { "$@"; }

npm() {
  case $1 in
    ci | install) [[ -e node_modules ]] || ln -s "$MODULES" node_modules ;;
    *) command npm "$@" ;;
  esac
}

# Where a reader puts the file that the page shows.
place() {
  mkdir -p "$HERE/$(dirname "$1")"
  cp "$FILES/$1" "$HERE/$1"
}
