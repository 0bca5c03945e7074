# ./citybrain test power-cut and ./citybrain test crash: the crash tests with a number and a seed of one's own. The same
# programs run with small numbers in ./citybrain test (tests/crash; docs/durability.md says what they check).

crash_help() {
  if is_chinese; then
    cat <<'HELP'
用法:./citybrain test power-cut [--cuts N] [--seed S]
      ./citybrain test crash [--points N] [--seed S] [--network embedded]
  power-cut   模拟断电:内存文件系统在第 k 次文件操作时停止,丢弃未落盘的数据;重新打开后,
              凡已确认的都在,且没有半截的记录(默认 2000 次)
  crash       在随机时刻用 kill -9 终止真实程序再续跑;结果、指令与记录须与未受干扰的运行一致(默认 100 处)
最后一行为汇总:各阶段命中次数与失败次数。同一种子重复同样的断电。
HELP
  else
    cat <<'HELP'
Usage: ./citybrain test power-cut [--cuts N] [--seed S]
       ./citybrain test crash [--points N] [--seed S] [--network embedded]
  power-cut   simulated power cuts: a file system in memory stops at the k-th file operation and drops what was not
              synced; opened again, everything acknowledged is there and nothing is half there (default 2000)
  crash       kill -9 of the real program at seeded moments, then --resume: outcome, commands and records must be those
              of an undisturbed run (default 100)
A summary ends with hits per phase and failures. A seed repeats its power cuts.

Examples:
  ./citybrain test power-cut --cuts 100000 --seed 7
  ./citybrain test crash --points 500
HELP
  fi
}

# $1: power-cut or crash; the rest: its options. Builds what it needs and runs it with progress on standard error.
crash_command() {
  local what=$1 count=2000 seed=1 network=embedded option value
  shift
  [[ $what == crash ]] && count=100
  while (($# > 0)); do
    option=$1
    [[ $option == -h || $option == --help ]] && { crash_help; return 0; }
    if [[ $option == *=* ]]; then
      value=${option#*=}
      option=${option%%=*}
    elif (($# > 1)); then
      value=$2
      shift
    else
      say "$option needs a value; ./citybrain test $what --help lists the options"
      return 2
    fi
    shift
    case $what$option in
      power-cut--cuts | crash--points) count=$value ;;
      power-cut--seed | crash--seed) seed=$value ;;
      crash--network) network=$value ;;
      *) say "unknown option $option; ./citybrain test $what --help lists what there is"; return 2 ;;
    esac
  done
  if [[ ! $count =~ ^[1-9][0-9]{0,8}$ ]]; then say "a number from 1 is expected, not '$count'"; return 2; fi
  if [[ ! $seed =~ ^[0-9]{1,18}$ ]]; then say "--seed takes a number, not '$seed'"; return 2; fi
  if [[ $network != embedded ]]; then say "--network $network: this driver kills processes on the embedded network only"; return 2; fi
  run_crash_test "$what" "$count" "$seed"
}

run_crash_test() {
  local program=test_power_cut filter='PowerCut.Nothing*' code=0
  [[ $1 == crash ]] && program=test_kill filter='Kill.Resumed*'
  ensure_packages run test || return 1
  choose_log_dir
  build_dir=$(own_build_dir "$preset")
  lock_build
  configure ON || { release_build; return 1; }
  run_ninja "building $program" "$log_dir/build-$program.log" "$program" || code=1
  release_build
  if ((code != 0)); then
    show_failure "building $program failed" "$log_dir/build-$program.log"
    return 1
  fi
  local -a settings=("CITYBRAIN_SEED=$3" "CITYBRAIN_CUTS=$2")
  [[ $1 == crash ]] && settings=("CITYBRAIN_SEED=$3" "CITYBRAIN_POINTS=$2")
  # gtest's own lines say nothing here; what failed does
  env "${settings[@]}" "CITYBRAIN_ROOT=$root" "$build_dir/tests/$program" --gtest_color=no --gtest_brief=1 --gtest_filter="$filter" |
    grep -v '^Running main\|^Note: Google\|^\[=\|^\[  PASSED'
  return "${PIPESTATUS[0]}"
}
