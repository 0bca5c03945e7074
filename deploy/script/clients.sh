# shellcheck shell=bash disable=SC2154  # variables of test.sh and build.sh
# ./citybrain test clients: confluent-kafka for Python, kafkajs with @kafkajs/confluent-schema-registry, and kcat read every
# topic of a run: from the embedded log (`network serve`) and from a broker. Their counts and values must be those of our own
# reader (`network topics`, `network read`). What they need is installed into the build folder. The programs are in tests/clients.
# topic of a run: from the embedded log (`network serve`) and from a broker. Their counts must be those of our own reader
# (`network topics`). What they need is installed into the build folder. The programs are in tests/clients.

clients_help() {
  if is_chinese; then
    echo "用法:./citybrain test clients    第三方客户端在两种网络上读取运行的全部主题,第三方工具检验契约、目录与消息(需要 python3、node、kcat)"
  else
    echo "Usage: ./citybrain test clients    clients that are not ours read every topic of a run, on both networks; judges that are not ours look at contracts, catalogue and messages (needs python3, node, kcat)"
  fi
}

# Ready to use: $clients_dir/python/bin/python and $clients_dir/node_modules.
install_clients() {
  clients_dir=$build_dir/clients
  mkdir -p "$clients_dir"
  [[ -x $clients_dir/python/bin/python ]] || python3 -m venv "$clients_dir/python" || return 1
  "$clients_dir/python/bin/python" -c 'import confluent_kafka.schema_registry.protobuf, grpc_tools' 2>/dev/null ||
    "$clients_dir/python/bin/python" -m pip install -q 'confluent-kafka[avro,json,protobuf,schemaregistry]' grpcio-tools 'setuptools<80' || return 1
  [[ -d $clients_dir/node_modules/kafkajs && -d $clients_dir/node_modules/@kafkajs/confluent-schema-registry ]] ||
    (cd "$clients_dir" && npm install --silent --no-audit --no-fund kafkajs @kafkajs/confluent-schema-registry >/dev/null) || return 1
  command -v kcat >/dev/null || { say "kcat is missing: apt-get install kcat"; return 1; }
}

# $1: folder for what our own reader reads: own (counts), own.json (every record), raw/TOPIC (values as bytes); further
# arguments say which run.
read_with_ours() {
  local program=$build_dir/bin/citybrain folder=$1 topic
  shift
  mkdir -p "$folder/raw"
  "$program" network topics "$@" >"$folder/own" && "$program" network read "$@" >"$folder/own.json" || return 1
  for topic in $(awk '{print $1}' "$folder/own"); do
    "$program" network read "$@" --topic "$topic" --raw >"$folder/raw/$topic" || return 1
  done
}

# $1: name; $2: folder with what our own reader reads; $3: broker; $4: registry; $5: prefix or nothing.
read_with_all() {
  local name=$1 own=$2 client log
  for client in python kafkajs kcat; do
    log=$log_dir/tests/clients-$name-$client.log
    case $client in
      python) run_one "$name: confluent-kafka" "$log" "$clients_dir/python/bin/python" "$root/tests/clients/read_run.py" "$3" "$4" "$own/own.json" ${5:+"$5"} ;;
      kafkajs) NODE_PATH=$clients_dir/node_modules run_one "$name: kafkajs" "$log" node "$root/tests/clients/read_run_kafkajs.js" "$3" "$4" "$own/own.json" ${5:+"$5"} ;;
      kcat) run_one "$name: kcat" "$log" "$root/tests/clients/read_run_kcat.sh" "$3" "$own/raw" ${5:+"$5"} ;;
    esac
    count_plain "$log" "$name: $client"
    if diff <(grep -E '^[a-z_.]+ [0-9]+' "$log" | awk '{print $1, $2}' | grep -vE '^(citybrain|exit) ' | LC_ALL=C sort) <(grep -v '^citybrain ' "$own/own" | LC_ALL=C sort) >>"$log"; then
      count 1 0 ""
    else
      count 0 1 "$name: $client counts other records than our own reader"
    fi
  done
}

# Waits for the addresses that a server prints; $1: its output, $2: how many lines.
await_lines() {
  local i
  for ((i = 0; i < 600; i++)); do
    [[ -e $1 ]] && (($(wc -l <"$1") >= $2)) && return 0
    sleep 0.1
  done
  return 1
}

port_in() { sed -n "$2p" "$1" | grep -oE ':[0-9]+' | head -n 1 | tr -d :; }

# $1: scenario, further arguments for `run`.
clients_on_embedded() {
  local program=$build_dir/bin/citybrain out server
  out=$(mktemp -d)
  "$program" run "$@" --out "$out/run" --no-progress >"$log_dir/tests/clients-$1.log" 2>&1 || { count 0 1 "run $1"; return; }
  read_with_ours "$out" "$out/run" || { count 0 1 "our own reader of $1"; return; }
  "$program" network serve "$out/run" --registry 127.0.0.1:0 --lang en >"$out/addresses" 2>>"$log_dir/tests/clients-$1.log" &
  server=$!
  if await_lines "$out/addresses" 2; then
    read_with_all "embedded-$1" "$out" "127.0.0.1:$(port_in "$out/addresses" 1)" "http://127.0.0.1:$(port_in "$out/addresses" 2)"
  else
    count 0 1 "network serve of $1"
  fi
  kill "$server"
  wait "$server" 2>/dev/null
  rm -rf "$out"
}

clients_on_kafka() {
  local program=$build_dir/bin/citybrain out server prefix=clients-$$
  [[ -n ${CITYBRAIN_KAFKA:-} && $CITYBRAIN_KAFKA != no ]] || { say "no broker: clients on Kafka are left out"; skipped=$((skipped + 1)); return; }
  out=$(mktemp -d)
  "$program" run "$@" --network "kafka:$CITYBRAIN_KAFKA/$prefix" --out "$out/run" --no-progress >"$log_dir/tests/clients-kafka-$1.log" 2>&1 ||
    { count 0 1 "run $1 on Kafka"; return; }
  read_with_ours "$out" --network "kafka:$CITYBRAIN_KAFKA/$prefix" || { count 0 1 "our own reader of $1 on Kafka"; return; }
  "$program" registry --network "kafka:$CITYBRAIN_KAFKA/$prefix" --port 0 --lang en >"$out/addresses" 2>>"$log_dir/tests/clients-kafka-$1.log" &
  server=$!
  if await_lines "$out/addresses" 1; then
    read_with_all "kafka-$1" "$out" "$CITYBRAIN_KAFKA" "http://127.0.0.1:$(port_in "$out/addresses" 1)" "$prefix"
  else
    count 0 1 "registry of $1 on Kafka"
  fi
  kill "$server"
  wait "$server" 2>/dev/null
  rm -rf "$out"
}

# confluent-kafka's ProtobufSerializer writes observations into a run whose hub is not there yet: the hub admits the good ones
# and puts the wrong one into quarantine.
clients_write_on_kafka() {
  local program=$build_dir/bin/citybrain out network prefix=writes-$$ log=$log_dir/tests/clients-write.log i
  [[ -n ${CITYBRAIN_KAFKA:-} && $CITYBRAIN_KAFKA != no ]] || return
  out=$(mktemp -d)
  network=kafka:$CITYBRAIN_KAFKA/$prefix
  : >"$log"
  "$program" run quickstart --horizon 3s --out "$out/alone" --no-progress --json >"$out/alone.json" 2>>"$log"
  "$program" city quickstart --horizon 3s --network "$network" --no-progress >>"$log" 2>&1 &
  local parts=($!)
  "$program" connector all --scenario quickstart --horizon 3s --network "$network" --no-progress >>"$log" 2>&1 &
  parts+=($!)
  for ((i = 0; i < 300; i++)); do # the city makes the topics
    "$program" network topics --network "$network" 2>>"$log" | grep -q '^_schemas' && break
    sleep 0.2
  done
  "$program" registry --network "$network" --port 0 --lang en >"$out/addresses" 2>>"$log" &
  local registry=$!
  await_lines "$out/addresses" 1
  "$clients_dir/python/bin/python" "$root/tests/clients/write_observations.py" "$CITYBRAIN_KAFKA" "http://127.0.0.1:$(port_in "$out/addresses" 1)" "$prefix" >>"$log" 2>&1
  "$program" hub --scenario quickstart --horizon 3s --network "$network" --store "$out/store" --no-progress --json >"$out/hub.json" 2>>"$log"
  wait "${parts[@]}"
  kill "$registry" 2>/dev/null
  wait "$registry" 2>/dev/null
  run_one "a writer that is not ours" "$log_dir/tests/clients-written.log" "$clients_dir/python/bin/python" "$root/tests/clients/count_written.py" "$out/alone.json" "$out/hub.json"
  count_plain "$log_dir/tests/clients-written.log" "a writer that is not ours"
  rm -rf "$out"
}

run_clients() {
  install_clients || { count 0 1 "installing the clients"; return; }
  clients_on_embedded quickstart
  clients_on_embedded ambulance --horizon 10m
  clients_on_kafka quickstart --horizon 10m
  clients_write_on_kafka
  . "$script/clients_schemas.sh"
  run_schema_clients
  . "$script/clients_catalogue.sh"
  run_catalogue_clients
}

clients_command() {
  [[ ${1:-} == -h || ${1:-} == --help ]] && { clients_help; return 0; }
  (($# == 0)) || { say "unknown argument $1"; clients_help >&2; return 2; }
  selected=(test_kafka_log) # a program that wants a broker, so that one is started
  ensure_packages run test || return 1
  choose_log_dir
  build_dir=$(own_build_dir "$preset")
  prepare_broker
  run_ninja "building citybrain" "$log_dir/build-clients.log" citybrain || return 1
  connect_broker
  run_clients
  for word in "${failures[@]}"; do say "failed: $word"; done
  echo "$passed passed, $failed failed$( ((skipped > 0)) && echo ", $skipped skipped")"
  ((failed == 0))
}
