#!/bin/sh
# Corrects the samples and says where the results are. Run by `npm run demo`; a second time it finds them done.
set -eu
cd "$(dirname "$0")/.."

node bin/darkroom.js run samples/raw --recipe samples/recipe.yaml --out samples/corrected

echo
echo "Corrected exposures:  samples/corrected/*.mrc"
for report in report.html report.json exposures.csv darkroom.sqlite; do
  if [ -e "samples/corrected/$report" ]; then
    echo "                      samples/corrected/$report"
  fi
done
echo "Correct them again:   node bin/darkroom.js run samples/raw --recipe samples/recipe.yaml --out samples/corrected --force"
