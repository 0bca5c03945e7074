# ./citybrain test power-cut and ./citybrain test crash: the crash tests with a number and a seed of one's own. The same
# programs run with small numbers in ./citybrain test (tests/crash; docs/durability.md says what they check).

crash_help() {
  if is_chinese; then
    cat <<'HELP'
用法:./citybrain test power-cut [--cuts N] [--seed S] [--history H]
      ./citybrain test crash [--points N] [--seed S] [--network embedded|kafka[:HOST:PORT]] [--point K]
  power-cut   模拟断电:内存文件系统在第 k 次文件操作时停止,丢弃未落盘的数据;重新打开后,
              凡已确认的都在,且没有半截的记录(默认 2000 次)
  crash       在随机时刻用 kill -9 终止真实程序再续跑;结果、指令与记录须与未受干扰的运行一致(默认 100 处)。
              --network kafka 终止枢纽、连接器、城市、单进程运行与代理(代理由测试自行启动);
              kafka:HOST:PORT 使用已有代理,该代理不被终止。--point K 只重复第 K 处
最后为汇总:各阶段(及各进程)命中次数与失败次数。同一种子重复同样的断电;--history H 重复失败信息所指的一段。
HELP
  else
    cat <<'HELP'
Usage: ./citybrain test power-cut [--cuts N] [--seed S] [--history H]
       ./citybrain test crash [--points N] [--seed S] [--network embedded|kafka[:HOST:PORT]] [--point K]
  power-cut   simulated power cuts: a file system in memory stops at the k-th file operation and drops what was not
              synced; opened again, everything acknowledged is there and nothing is half there (default 2000)
  crash       kill -9 of the real program at seeded moments, then --resume: outcome, commands and records must be those
              of an undisturbed run (default 100). --network kafka kills the hub, the connectors, the city, the one
              process of `run`, and the broker, which it starts itself; the broker of kafka:HOST:PORT is somebody
              else's and lives. --point K: only that point, as a failure names it
A summary ends with hits per phase (and process) and failures. A seed repeats its power cuts; --history H only the one
that a failure names.

Examples:
  ./citybrain test power-cut --cuts 100000 --seed 7
  ./citybrain test crash --points 500
  ./citybrain test crash --points 60 --network kafka
HELP
  fi
}

# $1: power-cut or crash; the rest: its options. Builds what it needs and runs it with progress on standard error.
crash_command() {
  local what=$1 count=2000 seed=1 network=embedded point='' history='' option value
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
      crash--point) point=$value ;;
      power-cut--history) history=$value ;;
      *) say "unknown option $option; ./citybrain test $what --help lists what there is"; return 2 ;;
    esac
  done
  if [[ ! $count =~ ^[1-9][0-9]{0,8}$ ]]; then say "a number from 1 is expected, not '$count'"; return 2; fi
  if [[ ! $seed =~ ^[0-9]{1,18}$ ]]; then say "--seed takes a number, not '$seed'"; return 2; fi
  if [[ ! $point =~ ^[0-9]{0,9}$ ]]; then say "--point takes a number, not '$point'"; return 2; fi
  if [[ ! $history =~ ^[0-9]{0,20}$ ]]; then say "--history takes a number, not '$history'"; return 2; fi
  if [[ ! $network =~ ^(embedded|kafka(:[A-Za-z0-9.-]+:[0-9]+(,[A-Za-z0-9.-]+:[0-9]+)*)?)$ ]]; then
    say "expected --network embedded, kafka or kafka:HOST:PORT, found '$network'"
    return 2
  fi
  run_crash_test "$what" "$count" "$seed" "$network" "$point" "$history"
}

# What the program is told: $1 what, $2 count, $3 seed, $4 network, $5 point, $6 history; sets `settings`.
crash_settings() {
  settings=("CITYBRAIN_SEED=$3")
  if [[ $1 == power-cut ]]; then
    settings+=("CITYBRAIN_CUTS=$2")
    [[ -n $6 ]] && settings+=("CITYBRAIN_HISTORY=$6")
    return 0
  fi
  if [[ -n $5 ]]; then settings+=("CITYBRAIN_POINT=$5" CITYBRAIN_POINTS=1); else settings+=("CITYBRAIN_POINTS=$2"); fi
  case $4 in
    kafka) settings+=(CITYBRAIN_KAFKA=own "CITYBRAIN_KEEP=$log_dir/crash") ;;
    kafka:*) settings+=("CITYBRAIN_CRASH_KAFKA=${4#kafka:}" "CITYBRAIN_KEEP=$log_dir/crash") ;;
  esac
}

run_crash_test() {
  local program=test_power_cut filter='PowerCut.Nothing*' code=0
  [[ $1 == crash ]] && program=test_kill filter='Kill.Resumed*'
  [[ $4 == kafka* ]] && program=test_kill_kafka filter='KillOnKafka.*'
  ensure_packages run test || return 1
  if [[ $4 == kafka ]]; then ensure_packages kafka || return 1; fi
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
  local -a settings
  crash_settings "$@"
  # gtest's own lines say nothing here; what failed does
  env "${settings[@]}" "CITYBRAIN_ROOT=$root" "$build_dir/tests/$program" --gtest_color=no --gtest_brief=1 --gtest_filter="$filter" |
    grep -v '^Running main\|^Note: Google\|^\[=\|^\[  PASSED'
  return "${PIPESTATUS[0]}"
}
