#!/bin/sh
# kcat reads every topic of a run; headers are complete, values are byte for byte those of our own reader.
# usage: read_run_kcat.sh BROKER RAW [PREFIX]
# RAW is a folder with a file TOPIC for each topic: what `network read --topic TOPIC --raw` wrote.
# Prints a line a topic: TOPIC RECORDS, then "N passed, N failed".
set -eu
broker=${1:?"usage: $0 BROKER RAW [PREFIX]"}
raw=${2:?"usage: $0 BROKER RAW [PREFIX]"}
prefix=${3:+$3.}
passed=0
failed=0
lines=$(mktemp)
values=$(mktemp)
trap 'rm -f "$lines" "$values"' EXIT
for topic in $(kcat -b "$broker" -L -J | tr ',{' '\n\n' | sed -n 's/^"topic":"\(.*\)"$/\1/p' | grep "^$prefix" | grep -v '^__' | sort); do
  name=${topic#"$prefix"}
  kcat -q -b "$broker" -C -t "$topic" -o beginning -e -X check.crcs=true -f '%p %o %T %h\n' >"$lines"
  n=$(wc -l <"$lines")
  case $name in
    _schemas | truth.city | citybrain) complete=$(grep -c 'cb_origin=' "$lines" || true) ;;
    *) complete=$(grep 'cb_origin=' "$lines" | grep 'ce_specversion=1.0' | grep 'ce_id=' | grep 'ce_source=' | grep 'ce_type=' | grep -c 'ce_time=' || true) ;;
  esac
  partitions=$(kcat -b "$broker" -L -t "$topic" | sed -n 's/^  topic ".*" with \([0-9]*\) partitions.*/\1/p')
  : >"$values"
  partition=0
  while [ "$partition" -lt "$partitions" ]; do
    kcat -q -b "$broker" -C -t "$topic" -p "$partition" -o beginning -e -f '%s' >>"$values"
    partition=$((partition + 1))
  done
  wrong=
  [ "$n" = "$complete" ] || wrong="only $complete have all headers"
  # citybrain is the log's own record of whose it is, and no topic of the run
  [ "$name" = citybrain ] || cmp -s "$values" "$raw/$name" || wrong="$wrong values differ from our own reader's"
  if [ -z "$wrong" ]; then passed=$((passed + 1)); echo "$name $n"; else failed=$((failed + 1)); echo "$name $n $wrong"; fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
