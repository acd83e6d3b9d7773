#!/usr/bin/env bash
# From data sets on disk to a better served model, on a rented GPU: corpus -> sft -> evaluate. Run again, it goes on where it stopped.
#
#   DATA="vindr=/data/vindr" bash jobs/tune.sh [--dry-run]
#
#   DATA       data sets to learn from, NAME=FOLDER, separated by blanks
#   EVALUATE   a data set to judge base and tuned model on, NAME=FOLDER, none of DATA; left out: no evaluation
#   LIMIT      films of it to take (default: 1000; 0 takes all)
#   RESULTS    folder that outlives the job: corpus, checkpoints, model, evaluation (default: /results)
#   SETTINGS   settings of the training (default: sft.toml beside this script); its paths are seen from RESULTS
#   PYTHON     the Python to use (default: python)
#
# A token for gated weights comes from the environment (HF_TOKEN, as a secret of the job). It is never written anywhere.
set -euo pipefail
set +x # no tracing: a traced command line could hold a secret

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
RESULTS=${RESULTS:-/results}
LIMIT=${LIMIT:-1000}
SETTINGS=$(realpath -- "${SETTINGS:-$here/sft.toml}")
PYTHON=${PYTHON:-python}
DRY_RUN=no

fail() {
  printf '%s\n' "$1" >&2
  exit 2
}

step() {
  printf '+ %s\n' "$*"
  if [ "$DRY_RUN" = no ]; then "$@"; fi
}

case "${1:-}" in
  --dry-run) DRY_RUN=yes ;;
  "") ;;
  *) fail "Unknown option $1. Known: --dry-run." ;;
esac

read -ra sources <<<"${DATA:-}"
[ "${#sources[@]}" -gt 0 ] || fail 'DATA names no data set. Write DATA="NAME=FOLDER".'
data=()
for source in "${sources[@]}"; do
  [[ $source == ?*=?* ]] || fail "DATA: $source is no NAME=FOLDER."
  data+=(--data "$source")
done
base=$(sed -n 's/^model *= *"\([^"]*\)".*/\1/p' "$SETTINGS")
[ -n "$base" ] || fail "$SETTINGS names no base model. Write model = \"...\"."
if [ -n "${EVALUATE:-}" ]; then
  [[ $EVALUATE == ?*=?* ]] || fail "EVALUATE: $EVALUATE is no NAME=FOLDER."
  for source in "${sources[@]}"; do
    [ "${source%%=*}" != "${EVALUATE%%=*}" ] || fail "EVALUATE: the model learns from ${source%%=*}. Judge it on another data set."
  done
fi

step "$PYTHON" -m pip install --quiet "$here/..[models,training]"
step mkdir -p "$RESULTS"
if [ "$DRY_RUN" = no ]; then cd "$RESULTS"; fi

if [ ! -f "$RESULTS/corpus/manifest.json" ]; then
  step "$PYTHON" -m cxr_auditor train corpus "${data[@]}" --out "$RESULTS/corpus"
fi
step "$PYTHON" -m cxr_auditor train sft "$SETTINGS"

if [ -n "${EVALUATE:-}" ]; then
  for one in "base=$base" "tuned=$RESULTS/tuned/model"; do
    step "$PYTHON" -m cxr_auditor evaluate reader --dataset "${EVALUATE%%=*}" --data "${EVALUATE#*=}" --limit "$LIMIT" --no-plots \
      --reader "medgemma=${one#*=}" --out "$RESULTS/evaluation/${one%%=*}"
  done
fi

printf 'Serve it: CXR_AUDITOR_READER=medgemma=%s %s -m cxr_auditor serve\n' "$RESULTS/tuned/model" "$PYTHON"
