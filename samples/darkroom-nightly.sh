#!/bin/sh
# Corrects every session of the last days, each into an output folder of its own, and puts the nights side by side.
#
#   darkroom-nightly.sh RAW OUT [options of darkroom run]
#
# A session is a folder in RAW in which a file changed in the last three days (DAYS=7 for a week); its output is the folder
# of the same name in OUT. What is done already is skipped, so a night that was missed is made up for by the next one.
# For cron, with a mail when something needs a person and none otherwise:
#
#   MAILTO=operator@example.org
#   PATH=/usr/local/bin:/usr/bin:/bin
#   30 22 * * *  sh /usr/local/lib/darkroom/darkroom-nightly.sh /data/raw /data/corrected/nights --dark /data/references/dark.mrc --bright /data/references/bright.mrc --quiet
#
# It exits with the worst of the exit codes of darkroom: 1, 3, 2, or 0 when all is well.
set -u

if [ $# -lt 2 ]; then
  echo "darkroom-nightly: found $# words, expected the folder of raw sessions and that of the output, then options" >&2
  exit 1
fi
raw=$1
out=$2
shift 2

if [ ! -d "$raw" ]; then
  echo "darkroom-nightly: $raw: is no folder; is its share mounted?" >&2
  exit 1
fi

# Told to stop, the shell waits for the exposures under way, and then begins no other session.
stopped=0
trap 'stopped=143' TERM
trap 'stopped=130' INT

code=0
worse() {
  case $code$1 in
  0* | 2[13] | 31) code=$1 ;;
  esac
}

days=${DAYS:-3}
sessions=0
for session in "$raw"/*/; do
  [ -d "$session" ] || continue
  [ -n "$(find "$session" -type f -mtime "-$days" | head -n 1)" ] || continue
  sessions=$((sessions + 1))
  darkroom run "$session" --out "$out/$(basename "$session")" "$@"
  result=$?
  [ $stopped -eq 0 ] || exit $stopped
  case $result in 130 | 143) exit $result ;; esac
  [ $result -eq 0 ] || worse $result
done

loose=$(find "$raw" -maxdepth 1 -type f \( -iname '*.mrc' -o -iname '*.mrcs' -o -iname '*.st' -o -iname '*.tif' -o -iname '*.tiff' \) | wc -l)
if [ "$loose" -gt 0 ]; then
  echo "darkroom-nightly: $loose exposures lie in $raw itself and were not corrected; move them into a folder of their session" >&2
  worse 2
fi
if [ $sessions -eq 0 ]; then
  echo "darkroom-nightly: nothing in $raw changed in the last $days days; is its share mounted?" >&2
  worse 2
fi

# The last thirty nights as a page: trends.html in OUT.
set --
for night in "$out"/*/; do
  [ -e "${night}darkroom.sqlite" ] && set -- "$@" "$night"
done
while [ $# -gt 30 ]; do shift; done
if [ $# -gt 1 ]; then
  darkroom report "$@" --out "$out" >/dev/null || worse 2
fi
exit $code
