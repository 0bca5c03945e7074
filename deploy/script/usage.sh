# What ./citybrain says about itself: usage in English and Chinese, the list of commands, the nearest name of a wrong one.

# Commands of the program, in the order of the usage; tests/cli checks them against the program's own list.
program_commands=(run compare bench import replay catalog store lineage audit request federation keys erase cloud network registry up city connector hub)
script_commands=(test doctor clean help)

say() { printf 'citybrain: %s\n' "$*" >&2; }

# zh when the interface language is Chinese: --lang is handled by the program, the locale here and there alike.
is_chinese() {
  local locale=${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}
  [[ $locale == zh* ]]
}

is_command() {
  local name
  for name in "${program_commands[@]}" "${script_commands[@]}"; do
    [[ $name == "$1" ]] && return 0
  done
  return 1
}

asks_for_help() {
  local argument
  for argument in "$@"; do
    [[ $argument == --help || $argument == -h ]] && return 0
  done
  return 1
}

usage_en() {
  cat <<'USAGE'
citybrain: a city-brain data hub simulator. The same city, run with its departments as silos, with
point-to-point links or on one hub: what sharing is worth, measured and explained.

Usage: ./citybrain COMMAND [OPTIONS]        ./citybrain COMMAND --help for the options of one

  run SCENARIO        run a scenario once: a result table, report.json and report.html
  compare SCENARIO    run it in several sharing modes on the same seeds: differences with 95% intervals
  bench city          how fast the city alone runs: vehicle-seconds a CPU second, memory
  bench lineage       what keeping lineage and audit costs the hub
  import              read a city (CityFlow, SUMO, OpenStreetMap, generated), write it for SUMO or a map
  replay FILE         look at a second of a recorded city (run or bench city with --replay)
  catalog             the datasets of all departments: search, check, versions, DCAT, repeated collection
  store               a run's warehouse: tables, "as of", near a place, export, verify, backup
  bench store         how fast history is written and read, beside RocksDB's db_bench
  cloud               which node of which cloud holds which district and service, and why
  lineage RUN WHAT    from a command or an estimate back to the records of the log, through every step
  audit               a run's audit chain: does it hold, what is in it, who saw what
  network acls        who may read and write which topic (Kafka's access lists), printed or set
  network serve       let Kafka's clients (kcat, confluent-kafka, kafkajs) read a run's embedded log
  network topics      a run's topics and their records, counted
  network read        a run's records as lines of JSON
  network truncate    remove the old end of a run's log, as far as nobody needs it
  request STEP        ask for data under a law and answer: new, check, grant, refuse, use, clock ...
  keys ls|rotate      keys of a run: who signs, whose pseudonyms, how many persons (also verify, open)
  erase RUN SUBJECT   erase a person from a run: the key is destroyed, with a signed receipt
  federation          warehouses of several regions that share over links: run, show, generate
  test [WHAT ...]     build and run the tests; WHAT: unit property fuzz tidy link smoke, a program, or all
  test power-cut      simulated power cuts under the log and the store (--cuts N)
  test crash          kill -9 at seeded moments, resumed and compared (--points N)
  doctor              what this machine has, what is missing, and the line that mends it
  clean               remove what was built and fetched (runs and data are kept)

The first use installs the libraries it needs with apt (as root or with sudo) and builds the program.

Examples:
  ./citybrain run quickstart                     a small city, one minute
  ./citybrain run quickstart --sharing silo      the same city without sharing
  ./citybrain compare quickstart --seeds 5       silo, point-to-point and hub, paired by seed
  ./citybrain test                               everything that must hold, in under ten minutes
USAGE
}

usage_zh() {
  cat <<'USAGE'
citybrain:城市大脑数据中枢仿真器。同一座城市,分别在各自为政、两两对接、中枢协同三种方式下运行,
共享的价值由此可测、可释。

用法:./citybrain 命令 [选项]        ./citybrain 命令 --help 查看该命令的选项

  run 实验案例        运行一次:结果表、report.json 与 report.html
  compare 实验案例    以相同随机种子比较各共享方式:差异及 95% 置信区间
  bench city          城市仿真本身的速度:每 CPU 秒的车·秒数与内存
  bench lineage       数据血缘与审计对中枢的开销
  import              读入城市(CityFlow、SUMO、OpenStreetMap、生成),导出到 SUMO 或地图
  replay FILE         查看录制城市的某一秒(run 或 bench city 加 --replay 录制)
  catalog             各部门数据集目录:检索、校验、版本比较、DCAT 导出、重复采集
  store               一次运行的城市级数据仓库:查表、时点回溯、就近、导出、校验、备份
  bench store         历史数据的写入与读取速度,与 RocksDB 的 db_bench 对照
  cloud               各区与各服务位于哪朵云的哪个节点及缘由
  lineage RUN WHAT    从一条指令或一个估计值逐步追溯到日志中的源记录
  audit               一次运行的审计链:是否完好、内容、谁看过什么
  network acls        谁可读写哪个主题(Kafka 访问控制列表),列出或写入
  network serve       让 Kafka 客户端(kcat、confluent-kafka、kafkajs)读取一次运行的内嵌日志
  network topics      一次运行的主题及记录数
  network read        以 JSON 行输出一次运行的记录
  network truncate    删除一次运行的日志中已无人需要的旧记录
  request 步骤        依法申请与答复数据共享:new、check、grant、refuse、use、clock 等
  keys ls|rotate      一次运行的密钥:谁签名、谁的假名、多少主体(另有 verify、open)
  erase RUN SUBJECT   从一次运行中擦除个人:销毁其密钥并签发回执
  federation          多地数据仓库经链路跨区域共享:run、show、generate
  test [范围 ...]     构建并运行测试;范围:unit property fuzz tidy link smoke、某个测试程序或 all
  test power-cut      模拟断电,检验日志与仓库(--cuts N)
  test crash          随机时刻终止进程,续跑并比较结果(--points N)
  doctor              本机具备什么、缺少什么、用哪一行命令补齐
  clean               删除构建产物与下载的文件(运行结果与数据保留)

首次使用会用 apt 安装所需的库(以 root 身份或通过 sudo)并构建程序。

示例:
  ./citybrain run quickstart                     一座小城,约一分钟
  ./citybrain run quickstart --sharing silo      同一座城市,互不共享
  ./citybrain compare quickstart --seeds 5       各自为政、两两对接、中枢协同,按种子配对
  ./citybrain test                               必须成立的一切,十分钟以内
USAGE
}

print_usage() { if is_chinese; then usage_zh; else usage_en; fi; }

# The lines of the usage that speak of one command, and where the full help comes from.
print_command_help() {
  print_usage | grep -E "^  (\./citybrain )?$1( |\$)"
  if is_chinese; then
    printf '\n程序尚未构建;构建之后(例如 ./citybrain run quickstart)此命令会列出全部选项。\n'
  else
    printf '\nThe program is not built yet; once it is (./citybrain run quickstart), this lists every option.\n'
  fi
}

# Edit distance (insertions, deletions, substitutions) of $1 and $2.
edit_distance() {
  local a=$1 b=$2 i j cost best
  local -a row previous
  for ((j = 0; j <= ${#b}; j++)); do previous[j]=$j; done
  for ((i = 1; i <= ${#a}; i++)); do
    row=("$i")
    for ((j = 1; j <= ${#b}; j++)); do
      cost=1
      [[ ${a:i-1:1} == "${b:j-1:1}" ]] && cost=0
      best=$((previous[j - 1] + cost))
      ((previous[j] + 1 < best)) && best=$((previous[j] + 1))
      ((row[j - 1] + 1 < best)) && best=$((row[j - 1] + 1))
      row[j]=$best
    done
    previous=("${row[@]}")
  done
  echo "${previous[${#b}]}"
}

# The name among $2... nearest to $1.
nearest_name() {
  local wrong=$1 name distance nearest='' least=1000
  shift
  for name in "$@"; do
    distance=$(edit_distance "$wrong" "$name")
    if ((distance < least)); then
      least=$distance
      nearest=$name
    fi
  done
  echo "$nearest"
}

unknown_command() {
  local nearest
  nearest=$(nearest_name "$1" "${program_commands[@]}" "${script_commands[@]}")
  if is_chinese; then
    say "没有命令“$1”;最接近的是“$nearest”。./citybrain --help 列出全部命令"
  else
    say "there is no command '$1'; the nearest is '$nearest'. ./citybrain --help lists them"
  fi
}
