# shellcheck shell=bash disable=SC2154  # variables of test.sh and build.sh
# The Kafka broker of ./citybrain test: fetched and started while the tests are being built, on a free port and in a
# temporary folder of its own, stopped however the tests end. Programs that CMake lists as needing Kafka
# (citybrain_test(... KAFKA), or CLUSTER for those that want three brokers) find it in the environment:
#
#   CITYBRAIN_KAFKA          HOST:PORT[,...] of the broker; given by the caller: that broker is used and none started;
#                            "no": none at all, the tests that need one say that they were skipped
#   CITYBRAIN_KAFKA_CLUSTER  the same of three brokers, in the second stage of `test all`
#   CITYBRAIN_KAFKA_DIR      folder for deploy/kafka/broker kill|restart|pause --dir, when we started it

broker_dir=
own_broker=

# True when a wanted program of the build folder's list needs Kafka; before there is a list, when one may.
kafka_wanted() {
  local kind name needs word
  if [[ -e $build_dir/tests.list ]]; then
    while IFS=$'\t' read -r kind name _ needs; do
      [[ -n $needs ]] && wanted "$kind" "$name" && return 0
    done <"$build_dir/tests.list"
    return 1
  fi
  ((${#selected[@]} == 0)) && return 0
  for word in "${selected[@]}"; do [[ $word == unit || $word == property || $word == cli || $word == test_* ]] && return 0; done
  return 1
}

# $1: nodes. Starts them in the background, outside this shell's jobs and process group; `await_broker` waits for them.
# They end when this process does, whatever ends it (--watch), and their folder goes with them.
launch_broker() {
  broker_dir=$(mktemp -d "${TMPDIR:-/tmp}/citybrain-kafka.XXXXXX") || return 1
  own_broker=1
  mkdir -p "$log_dir/kafka"
  # shellcheck disable=SC2016  # expanded by the shell that is started
  (setsid bash -c '
    trap : TERM INT HUP
    echo "$$" >"$1/group"
    "$2" run --dir "$1/broker" --cluster "$3" --watch "$4" >"$1/bootstrap" 2>"$5/broker.txt"
    echo "$?" >"$1/ended"
    for log in "$1"/broker/node-*/log; do [[ -e $log ]] && cp "$log" "$5/$(basename "$(dirname "$log")").log"; done
    rm -rf "$1"
  ' broker "$broker_dir" "$root/deploy/kafka/broker" "$1" "$$" "$log_dir/kafka" </dev/null >/dev/null 2>&1 &)
}

# Prints where the brokers are once they answer; fails when they ended instead.
await_broker() {
  while [[ -d $broker_dir && ! -e $broker_dir/ended && ! -s $broker_dir/bootstrap ]]; do sleep 0.1; done
  cat "$broker_dir/bootstrap" 2>/dev/null
  [[ -s $broker_dir/bootstrap ]]
}

stop_broker() {
  [[ -n $own_broker ]] || return 0
  own_broker=
  [[ -s $broker_dir/group ]] && kill -TERM -- "-$(<"$broker_dir/group")" 2>/dev/null
  while [[ -d $broker_dir ]]; do sleep 0.1; done
  unset CITYBRAIN_KAFKA CITYBRAIN_KAFKA_CLUSTER CITYBRAIN_KAFKA_DIR
}

# Before the build: what the environment says, or a broker in the background.
prepare_broker() {
  broker_state=none
  kafka_wanted || return 0
  case ${CITYBRAIN_KAFKA:-} in
    no)
      say "CITYBRAIN_KAFKA=no: tests that need a Kafka broker are skipped"
      return 0
      ;;
    '') ;;
    *)
      say "using the Kafka broker at $CITYBRAIN_KAFKA"
      broker_state=given
      return 0
      ;;
  esac
  ensure_packages kafka || {
    broker_state=failed
    return 0
  }
  trap stop_broker EXIT
  if launch_broker 1; then broker_state=starting; else broker_state=failed; fi
}

# After the build: waits for the broker, or counts one failure and says what to do.
connect_broker() {
  local where
  if ! kafka_wanted; then
    stop_broker
    return 0
  fi
  # a list that is new since prepare_broker names programs that an older one did not
  [[ $broker_state == none && ${CITYBRAIN_KAFKA:-} != no ]] && prepare_broker
  [[ $broker_state == starting || $broker_state == failed ]] || return 0
  local began=$SECONDS
  if [[ $broker_state == starting ]] && where=$(await_broker); then
    export CITYBRAIN_KAFKA=$where CITYBRAIN_KAFKA_DIR=$broker_dir/broker
    say "Kafka broker at $where (waited $((SECONDS - began)) s for it)"
    return 0
  fi
  broker_failed
}

broker_failed() {
  own_broker=
  unset CITYBRAIN_KAFKA
  [[ -e $log_dir/kafka/broker.txt ]] && cat "$log_dir/kafka/broker.txt" >&2
  say "no Kafka broker could be started, so this test fails; mend what is said above, point CITYBRAIN_KAFKA to a"
  say "broker (HOST:PORT), or leave those tests out with CITYBRAIN_KAFKA=no ./citybrain test"
  count 0 1 "Kafka broker"
}

# The second stage of `test all`: what needs Kafka, on three brokers.
run_cluster_stage() {
  local where
  [[ ${CITYBRAIN_KAFKA:-} == no || $broker_state == given ]] && return 0
  stop_broker
  launch_broker 3
  if ! where=$(await_broker); then
    broker_failed
    return 0
  fi
  say "three Kafka brokers at $where"
  export CITYBRAIN_KAFKA=$where CITYBRAIN_KAFKA_CLUSTER=$where CITYBRAIN_KAFKA_DIR=$broker_dir/broker
  run_listed "cluster/"
  stop_broker
}
