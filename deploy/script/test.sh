# ./citybrain test [WHAT ...]: builds the tests, runs them as many at a time as there are cores, and ends with
# "N passed, N failed". What there is to run stands in the build folder's tests.list (cmake/test_list.cmake):
# kind, name and path of every program. WHAT is a kind (unit property cli fuzz tidy link headers), a program's name, or
# all, which adds what takes longer: other compilers, sanitizers, fuzzing, more cases.

test_kinds=(unit property cli fuzz tidy link headers)

test_help() {
  if is_chinese; then
    cat <<'HELP'
用法:./citybrain test [范围 ...]
  (无)        全部测试,十分钟以内
  unit property cli fuzz tidy link headers    某一类
  test_NAME   某个测试程序,例如 test_dispatch
  power-cut | crash    模拟断电、终止进程,次数与种子自定(见 ./citybrain test crash --help)
  clients     第三方客户端在两种网络上读取一次运行的全部主题(从 PyPI 与 npm 安装)
  all         另加:g++ 与 clang 结果一致、ASan/UBSan、TSan、libFuzzer 各 60 秒、性质测试 10000 例(约一小时),
              Kafka 上 30 次终止进程,以及三个 Kafka 代理组成的集群:全部一致性测试,以及网络故障、代理失效、
              链路中断与磁盘写满的测试
需要 Kafka 的测试使用临时启动的代理(deploy/kafka/broker);CITYBRAIN_KAFKA=HOST:PORT 改用已有代理,
CITYBRAIN_KAFKA=no 则跳过这些测试。
最后一行:N passed, N failed
HELP
  else
    cat <<'HELP'
Usage: ./citybrain test [WHAT ...]
  (nothing)   everything that must hold, in under ten minutes
  unit property cli fuzz tidy link headers    one kind
  test_NAME   one program, e.g. test_dispatch
  power-cut | crash    simulated power cuts, killed processes, as many as wanted (./citybrain test crash --help)
  clients     clients that are not ours read every topic of a run, on both networks (installs them from PyPI and npm)
  all         also: the same outcome with g++ and clang, ASan/UBSan, TSan, libFuzzer 60 s each, 10,000 cases
              a property (about an hour), 30 kills on Kafka, and three Kafka brokers: the whole conformance
              suite and the tests of a bad network, brokers that die, links that are down and full disks
Tests that need Kafka get a broker that is started for them (deploy/kafka/broker), or the one that
CITYBRAIN_KAFKA=HOST:PORT names; CITYBRAIN_KAFKA=no skips those tests.
The last line: N passed, N failed

Examples:
  ./citybrain test unit tidy
  ./citybrain test test_log --gtest_filter='*Idempotent*'
HELP
  fi
}

# shellcheck source=deploy/script/test_broker.sh
. "$script/test_broker.sh"

# Counts of the whole call.
passed=0
failed=0
skipped=0
failures=()

count() {  # $1 passed, $2 failed, $3 name
  passed=$((passed + $1))
  failed=$((failed + $2))
  (($2 == 0)) || failures+=("$3")
}

# Runs "$@" with its output in a file; prints name and time. One line a program.
run_one() {
  local name=$1 log=$2 code=0 began=$SECONDS
  shift 2
  timeout 900 "$@" >"$log" 2>&1 </dev/null || code=$?
  echo "exit $code" >>"$log"
  say "$name: $([[ $code == 0 ]] && echo ok || echo "FAILED (exit $code)") ($((SECONDS - began)) s)"
}

# GoogleTest's own counts; a program that died counts as one failure more than it had reported.
count_gtest() {
  local log=$1 name=$2 ok bad code left_out
  ok=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
  bad=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test.*listed below.*/\1/p' "$log" | tail -n 1)
  code=$(sed -n 's/^exit //p' "$log" | tail -n 1)
  code=${code:-1}
  if [[ -z $ok ]]; then ok=$(grep -c '^\[       OK \]' "$log"); fi
  [[ -z $bad ]] && bad=0
  ((code != 0 && bad == 0)) && bad=1
  left_out=$(sed -n 's/^\[  SKIPPED \] \([0-9]*\) test.*listed below.*/\1/p' "$log" | tail -n 1)
  skipped=$((skipped + ${left_out:-0}))
  ((code == 0 && ok == 0 && bad == 0 && ${left_out:-0} == 0)) && bad=1 # a program without a test
  grep -E '^\[  SKIPPED \] .*[^)]$' "$log" | grep -v 'listed below' | sort -u >&2
  if ((bad > 0)); then
    printf '%s\n' "---- $name" >&2
    if grep -q 'FAILED' "$log"; then grep -v '^\[       OK \]\|^\[ RUN' "$log" | tail -n 60 >&2; else tail -n 60 "$log" >&2; fi
  fi
  count "$ok" "$bad" "$name"
}

count_plain() {
  local log=$1 name=$2
  if [[ $(sed -n 's/^exit //p' "$log" | tail -n 1) == 0 ]]; then
    count 1 0 "$name"
  else
    printf '%s\n' "---- $name" >&2
    tail -n 40 "$log" >&2
    count 0 1 "$name"
  fi
}

wanted() {  # $1 kind, $2 name: is it among what was asked for?
  ((${#selected[@]} == 0)) && return 0
  local s
  for s in "${selected[@]}"; do [[ $s == "$1" || $s == "$2" ]] && return 0; done
  return 1
}

# Runs "$@" in the background as soon as fewer than $1 of this shell's programs run.
run_beside() {
  local most=$1
  shift
  while (($(jobs -rp | wc -l) >= most)); do wait -n; done
  run_one "$@" &
}

# Reads kind, name and path a line, and runs them, $1 at a time; $2: label before their names.
run_lane() {
  local most=$1 label=$2 kind name path cases
  while IFS=$'\t' read -r kind name path; do
    local log=$log_dir/tests/$label$name.log
    if [[ $kind == fuzz ]]; then
      run_beside "$most" "$label$name" "$log" "$path" "$root/tests/fuzz/corpus/${name#fuzz_}"
    else
      cases=1000
      [[ $name == test_city ]] && cases=250 # whole cities, second by second
      RC_PARAMS="max_success=$cases" run_beside "$most" "$label$name" "$log" "$path" --gtest_color=no "${gtest_arguments[@]}"
    fi
  done
  wait
}

# Runs the listed programs of the present build folder; $1: label before their names; "cluster/": those that need Kafka.
# Those that need Kafka wait for a broker more than they compute: two of them run beside as many others as there are cores.
run_listed() {
  local label=$1 kind name path needs
  local -a kinds=() names=() computing=() waiting=()
  mkdir -p "$log_dir/tests/$label"
  while IFS=$'\t' read -r kind name path needs; do
    wanted "$kind" "$name" || continue
    if [[ $label == cluster/ ]]; then
      [[ -n $needs ]] || continue
    else
      [[ $needs == cluster ]] && continue
    fi
    [[ $kind == link || $kind == headers ]] && continue
    if [[ -n $needs ]]; then waiting+=("$kind"$'\t'"$name"$'\t'"$path"); else computing+=("$kind"$'\t'"$name"$'\t'"$path"); fi
    kinds+=("$kind")
    names+=("$label$name")
  done <"$build_dir/tests.list"
  ((${#waiting[@]} == 0)) || printf '%s\n' "${waiting[@]}" | run_lane 2 "$label" &
  ((${#computing[@]} == 0)) || printf '%s\n' "${computing[@]}" | run_lane "$(nproc)" "$label" &
  wait
  local i
  for i in "${!names[@]}"; do
    if [[ ${kinds[i]} == fuzz ]]; then
      count_plain "$log_dir/tests/${names[i]}.log" "${names[i]}"
    else
      count_gtest "$log_dir/tests/${names[i]}.log" "${names[i]}"
    fi
  done
}

# Link tests and header checks are builds: each is one target that builds or does not.
run_targets() {
  local kind name _
  local -a targets=()
  while IFS=$'\t' read -r kind name _; do
    [[ $kind == link || $kind == headers ]] && wanted "$kind" "$name" && targets+=("$name")
  done <"$build_dir/tests.list"
  ((${#targets[@]} == 0)) && return 0
  local log=$log_dir/link.log
  run_ninja "rooms by themselves" "$log" -k 0 "${targets[@]}"
  local code=$?
  local bad=0
  ((code != 0)) && bad=$(grep -c '^FAILED: ' "$log")
  ((code != 0 && bad == 0)) && bad=1
  ((bad > 0)) && grep -A 12 '^FAILED: ' "$log" | tail -n 60 >&2
  count $((${#targets[@]} - bad)) "$bad" "link tests and header checks"
}

# $1: preset. Configures and builds its tests; a build that fails is one failure.
build_tests() {
  build_dir=$(own_build_dir "$1")
  local saved=$preset
  preset=$1
  lock_build
  local code=0
  configure ON || code=1
  if ((code == 0)); then
    [[ $1 == release ]] && touch "$build_dir/program.stamp.new"
    run_ninja "building tests ($1)" "$log_dir/build-tests-$1.log" all_tests || code=1
    if ((code != 0)); then
      show_failure "building the tests failed ($1)" "$log_dir/build-tests-$1.log"
    elif [[ $1 == release ]]; then
      mv "$build_dir/program.stamp.new" "$build_dir/program.stamp"
    fi
  fi
  release_build
  preset=$saved
  ((code == 0)) || count 0 1 "build of preset $1"
  return $code
}

outcome_of() { CITYBRAIN_ROOT=$root "$1/bin/citybrain" run quickstart --horizon 10m --out "$log_dir/hash-run" --json --no-progress | sed -n 's/.*"outcome_hash": "\(.*\)".*/\1/p'; }

# The longer tier.
run_all_tier() {
  local reference p target
  # Some tests fork a writer and kill it; RocksDB then starts threads in the child.
  export TSAN_OPTIONS="die_after_fork=0 ${TSAN_OPTIONS:-}"
  reference=$(outcome_of "$(own_build_dir release)")
  for p in clang asan tsan; do
    build_tests "$p" || continue
    local hash
    hash=$(outcome_of "$build_dir")
    say "outcome hash with $p: $hash"
    if [[ -n $hash && $hash == "$reference" ]]; then count 1 0 "hash $p"; else count 0 1 "outcome hash of $p differs from release ($reference)"; fi
    [[ $p == clang ]] || run_listed "$p/"
  done
  build_dir=$(own_build_dir release)
  RC_PARAMS="max_success=10000" run_one "10,000 cases" "$log_dir/tests/properties-10000.log" "$build_dir/tests/test_signal_safety" --gtest_color=no
  count_gtest "$log_dir/tests/properties-10000.log" "10,000 cases of signal safety"
  RC_PARAMS="max_success=1000" run_one "1,000 whole cities" "$log_dir/tests/properties-city-1000.log" "$build_dir/tests/test_city" --gtest_color=no
  count_gtest "$log_dir/tests/properties-city-1000.log" "1,000 whole cities"
  CITYBRAIN_CUTS=2000 run_one "2,000 power cuts" "$log_dir/tests/power-cuts-2000.log" "$build_dir/tests/test_power_cut" --gtest_color=no --gtest_filter='PowerCut.Nothing*'
  count_gtest "$log_dir/tests/power-cuts-2000.log" "2,000 power cuts"
  CITYBRAIN_EVERY_POINT=1 run_one "every kill point of backup and restore" "$log_dir/tests/killed-backups.log" "$build_dir/tests/test_store_command" --gtest_color=no --gtest_filter='*AKilledBackup*'
  count_gtest "$log_dir/tests/killed-backups.log" "every kill point of backup and restore"
  if [[ ${CITYBRAIN_KAFKA:-} != no ]]; then
    CITYBRAIN_KAFKA=own CITYBRAIN_POINTS=30 CITYBRAIN_KEEP=$log_dir/crash run_one "30 kills on Kafka" "$log_dir/tests/kills-kafka-30.log" "$build_dir/tests/test_kill_kafka" --gtest_color=no
    count_gtest "$log_dir/tests/kills-kafka-30.log" "30 kills on Kafka"
  fi
  build_dir=$(own_build_dir fuzz)
  preset=fuzz configure ON && for target in "$root"/tests/fuzz/fuzz_*.cpp; do
    target=$(basename "$target" .cpp)
    run_ninja "building $target" "$log_dir/build-fuzz.log" "$target" || { count 0 1 "$target"; continue; }
    mkdir -p "$build_dir/found/$target"
    run_one "$target for ${CITYBRAIN_FUZZ_SECONDS:-60} s" "$log_dir/tests/$target.log" "$build_dir/fuzz/$target" -max_total_time="${CITYBRAIN_FUZZ_SECONDS:-60}" -timeout=20 -rss_limit_mb=4096 \
      -artifact_prefix="$build_dir/found/$target/" "$build_dir/found/$target" "$root/tests/fuzz/corpus/${target#fuzz_}"
    count_plain "$log_dir/tests/$target.log" "$target"
  done
}

test_command() {
  local word all=
  if [[ ${1:-} == clients ]]; then
    . "$script/clients.sh"
    clients_command "${@:2}"
    return
  fi
  if [[ ${1:-} == power-cut || ${1:-} == crash ]]; then
    . "$script/crash.sh"
    crash_command "$@"
    return
  fi
  selected=()
  gtest_arguments=()
  for word in "$@"; do
    case $word in
      -h | --help) test_help; return 0 ;;
      all) all=1 ;;
      --gtest_*) gtest_arguments+=("$word") ;;
      -*) say "unknown option $word; ./citybrain test --help lists what there is"; return 2 ;;
      *)
        local known=
        for kind in "${test_kinds[@]}"; do [[ $word == "$kind" ]] && known=1; done
        if [[ -z $known && ! $word =~ ^(test|fuzz|link)_ ]]; then
          say "there is no kind of test '$word'; the nearest is '$(nearest_name "$word" "${test_kinds[@]}" power-cut crash clients all)'. ./citybrain test --help lists them"
          return 2
        fi
        selected+=("$word")
        ;;
    esac
  done
  ensure_packages run test || return 1
  [[ -n $all ]] && { ensure_packages all || return 1; }
  choose_log_dir
  build_dir=$(own_build_dir "$preset")
  prepare_broker
  if build_tests "$preset"; then
    export CITYBRAIN_ROOT=$root
    build_dir=$(own_build_dir "$preset")
    connect_broker
    run_listed ""
    run_targets
    if [[ -n $all ]]; then
      run_all_tier
      . "$script/clients.sh"
      run_clients
      build_dir=$(own_build_dir "$preset")
      run_cluster_stage
    fi
    if ((passed + failed + skipped == 0)); then
      say "nothing of that name is among the tests"
      failed=1
    fi
  fi
  for word in "${failures[@]}"; do say "failed: $word"; done
  echo "$passed passed, $failed failed$( ((skipped > 0)) && echo ", $skipped skipped")"
  ((failed == 0))
}
