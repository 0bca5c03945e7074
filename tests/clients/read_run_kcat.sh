#!/bin/sh
# kcat reads every topic of a run; headers are complete.
# usage: read_run_kcat.sh BROKER [PREFIX]
# Prints a line a topic: TOPIC RECORDS, then "N passed, N failed".
set -eu
broker=${1:?"usage: $0 BROKER [PREFIX]"}
prefix=${2:+$2.}
passed=0
failed=0
for topic in $(kcat -b "$broker" -L -J | tr ',{' '\n\n' | sed -n 's/^"topic":"\(.*\)"$/\1/p' | grep "^$prefix" | grep -v '^__' | sort); do
  name=${topic#"$prefix"}
  lines=$(mktemp)
  kcat -q -b "$broker" -C -t "$topic" -o beginning -e -X check.crcs=true -f '%p %o %T %h\n' >"$lines"
  n=$(wc -l <"$lines")
  case $name in
    _schemas | truth.city | citybrain) complete=$(grep -c 'cb_origin=' "$lines" || true) ;;
    *) complete=$(grep 'cb_origin=' "$lines" | grep 'ce_specversion=1.0' | grep 'ce_id=' | grep 'ce_source=' | grep 'ce_type=' | grep -c 'ce_time=' || true) ;;
  esac
  rm -f "$lines"
  if [ "$n" = "$complete" ]; then passed=$((passed + 1)); echo "$name $n"; else failed=$((failed + 1)); echo "$name $n only $complete have all headers"; fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
