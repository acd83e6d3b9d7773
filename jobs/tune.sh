#!/usr/bin/env bash
# From data sets on disk to a better served model, on a rented GPU: corpus -> sft -> evaluate. Run again, it goes on where it stopped.
#
#   DATA="vindr=/data/vindr" bash jobs/tune.sh [--dry-run]
#
#   DATA            data sets to learn from, NAME=FOLDER (or NAME=TABLE where a folder holds several), separated by blanks
#   CORPUS_OPTIONS  options of `cxr-auditor train corpus`, such as "--partial --test-list my-test.csv"
#   EVALUATE        a data set to judge base and tuned model on, NAME=FOLDER, of other patients than DATA; left out: the corpus' own test films
#   LIMIT           films to judge on (default: 1000; 0 takes all)
#   RESULTS         folder that outlives the job: corpus, checkpoints, model, evaluation (default: /results)
#   SETTINGS        settings of the training (default: sft.toml beside this script); the paths in it are seen from RESULTS
#   PYTHON          the Python to use (default: python)
#
# A token for gated weights comes from the environment (HF_TOKEN, as a secret of the job). It is never written anywhere.
set -euo pipefail
set +x # no tracing: a traced command line could hold a secret

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(cd "$here/.." && pwd)
PYTHON=${PYTHON:-python}
export SETTINGS=${SETTINGS:-$here/sft.toml}
export PYTHONPATH="$checkout${PYTHONPATH:+:$PYTHONPATH}"

install=("$PYTHON" -m pip install --quiet "$checkout[models,training]")
case "${1:-}" in
  --dry-run) printf '+ %s\n' "${install[*]}" ;; # and works with what is installed
  "") "${install[@]}" ;;
  *)
    printf '%s\n' "Unknown option $1. Known: --dry-run." >&2
    exit 2
    ;;
esac

exec "$PYTHON" -m cxr_auditor train job "$@"
