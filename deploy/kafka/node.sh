# shellcheck shell=bash disable=SC2154,SC2034  # variables of broker
# One broker process: its configuration, formatting its folder, starting, asking whether it answers, stopping it.
# Sourced by broker. A node I lives in $dir/node-I: server.properties, data/, log, pid, lock. Its lock is held by
# the process itself (an inherited open file), so whether it runs is known without trusting a process id.

host=127.0.0.1

# The password file's users as options of Kafka's PlainLoginModule, and those with "super" as super users.
read_users() {
  local name password rest n=0
  local mechanism
  jaas_users='' super_users="User:$broker_user" scram=()
  [[ -r $1 ]] || fail "the users file $1 cannot be read"
  mkdir -p "$dir/clients"
  while read -r name password rest || [[ -n $name ]]; do
    n=$((n + 1))
    [[ -z $name || $name == \#* ]] && continue
    [[ $name =~ ^[A-Za-z][A-Za-z0-9_-]*$ && $name != "$broker_user" ]] ||
      fail "$1:$n: expected a user's name (letters, digits, _ and -), found '$name'"
    [[ $password =~ ^[]A-Za-z0-9_.,:/+=@%^*!?~(){}[#-]+$ ]] ||
      fail "$1:$n: expected a password without spaces, quotes, backslashes, semicolons and dollar signs after '$name'"
    case $rest in
      super) super_users+=";User:$name" ;;
      '') ;;
      *) fail "$1:$n: expected nothing or 'super' after the password of '$name', found '$rest'" ;;
    esac
    jaas_users+=" user_$name=\"$password\""
    # the tool that writes SCRAM's keys takes commas and brackets for its own
    [[ $password == *[][,]* ]] || for mechanism in SCRAM-SHA-256 SCRAM-SHA-512; do
      scram+=(--add-scram "$mechanism=[name=$name,password=$password]")
    done
    printf '%s\n' "security.protocol=$(client_protocol)" sasl.mechanisms=PLAIN "sasl.username=$name" \
      "sasl.password=$password" >"$dir/clients/$name.properties"
    [[ ${setting[tls]:-none} == none ]] || echo "ssl.ca.location=${setting[tls]}/ca.pem" >>"$dir/clients/$name.properties"
  done <"$1"
  [[ -n $jaas_users ]] || fail "$1 names no user; expected lines: NAME PASSWORD [super]"
}

# What clients speak, from the settings auth and tls.
client_protocol() {
  local protocol=PLAINTEXT
  [[ ${setting[tls]:-none} == none ]] || protocol=SSL
  [[ ${setting[auth]:-none} == none ]] || protocol=SASL_$protocol
  echo "$protocol"
}

# $1: folder for a certificate authority and the broker's certificate; what is there is used. Sets setting[tls].
make_certificates() {
  local name='subjectAltName=IP:127.0.0.1,DNS:localhost' files
  mkdir -p "$1" || fail "the folder '$1' cannot be made"
  setting[tls]=$(readlink -f "$1")
  files=${setting[tls]}
  [[ -r $files/broker.pem && -r $files/ca.pem ]] && return
  [[ ! -e $files/broker.pem && ! -e $files/ca.pem ]] || fail "$files has only one of broker.pem and ca.pem"
  command -v openssl >/dev/null || fail "openssl is needed to make certificates (Debian: apt-get install openssl)"
  {
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=citybrain test authority' \
      -keyout "$files/ca.key" -out "$files/ca.pem.part" &&
      openssl req -newkey rsa:2048 -nodes -subj '/CN=localhost' -keyout "$files/broker.key" -out "$files/broker.csr" &&
      openssl x509 -req -in "$files/broker.csr" -CA "$files/ca.pem.part" -CAkey "$files/ca.key" -CAcreateserial \
        -days 3650 -extfile <(echo "$name") -out "$files/broker.crt" &&
      openssl pkcs8 -topk8 -nocrypt -in "$files/broker.key" -out "$files/broker.pk8" &&
      cat "$files/broker.pk8" "$files/broker.crt" "$files/ca.pem.part" >"$files/broker.pem" &&
      mv "$files/ca.pem.part" "$files/ca.pem"
  } 2>"$files/openssl.log" || fail "the certificates could not be made; $files/openssl.log says why"
}

print_tls_properties() {
  cat <<PROPERTIES
listener.name.client.ssl.keystore.type=PEM
listener.name.client.ssl.keystore.location=${setting[tls]}/broker.pem
listener.name.client.ssl.truststore.type=PEM
listener.name.client.ssl.truststore.location=${setting[tls]}/ca.pem
PROPERTIES
}

# Everybody who speaks to the broker shows a password: clients one of the users file, brokers and controllers among
# themselves one that was drawn when the folder was made.
print_auth_properties() {
  local module=org.apache.kafka.common.security.plain.PlainLoginModule
  local own="username=\"$broker_user\" password=\"${setting[secret]}\" user_$broker_user=\"${setting[secret]}\""
  cat <<PROPERTIES
listener.security.protocol.map=CLIENT:$(client_protocol),INTERNAL:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.client.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.client.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.client.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
listener.name.client.plain.sasl.jaas.config=$module required$jaas_users;
listener.name.internal.plain.sasl.jaas.config=$module required $own;
listener.name.controller.plain.sasl.jaas.config=$module required $own;
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=$super_users
allow.everyone.if.no.acl.found=false
PROPERTIES
}

# $1: node. Short sessions, so that a node killed with -9 may register again after 3 s instead of 9; group members may
# ask for sessions down to half a second; retention and timestamps are Kafka's defaults, as on anybody's broker.
print_properties() {
  local i=$1 n=${setting[nodes]} voters='' node advertised
  local copies=$((n < 3 ? n : 3)) in_sync=$((n < 3 ? 1 : 2))
  local -a given
  for ((node = 1; node <= n; node++)); do voters+=",$node@$host:${setting[controller.$node]}"; done
  IFS=, read -ra given <<<"${setting[advertise]:-}"
  advertised=${given[i - 1]:-$(reach "${setting[listen]}"):${setting[port.$i]}}
  cat <<PROPERTIES
process.roles=broker,controller
node.id=$i
controller.quorum.voters=${voters:1}
listeners=CLIENT://${setting[listen]}:${setting[port.$i]},INTERNAL://$host:${setting[internal.$i]},CONTROLLER://$host:${setting[controller.$i]}
advertised.listeners=CLIENT://$advertised,INTERNAL://$host:${setting[internal.$i]}
controller.listener.names=CONTROLLER
inter.broker.listener.name=INTERNAL
log.dirs=$dir/node-$i/data
auto.create.topics.enable=false
default.replication.factor=$copies
min.insync.replicas=$in_sync
offsets.topic.replication.factor=$copies
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=$copies
transaction.state.log.min.isr=$in_sync
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=$copies
share.coordinator.state.topic.min.isr=$in_sync
share.coordinator.state.topic.num.partitions=8
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=500
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=16777216
PROPERTIES
  if [[ ${setting[auth]:-none} == none ]]; then
    echo "listener.security.protocol.map=CLIENT:$(client_protocol),INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT"
  else
    print_auth_properties
  fi
  [[ ${setting[tls]:-none} == none ]] || print_tls_properties
}

# The address at which a listener on $1 is reached from this machine.
reach() { if [[ $1 == 0.0.0.0 ]]; then echo "$host"; else echo "$1"; fi; }

# True while the process of node $1 lives, stopped (paused) or not.
is_running() { [[ -e $dir/node-$1/lock ]] && ! flock -n -s "$dir/node-$1/lock" true; }

is_paused() { grep -q '^State:[[:space:]]*T' "/proc/$(<"$dir/node-$1/pid")/status" 2>/dev/null; }

# True when node $1 answers an ApiVersions request (key 18, version 0), which it may before anybody has logged in.
answers() {
  local reply at=$(reach "${setting[listen]}")/${setting[port.$1]}
  [[ ${setting[tls]:-none} == none ]] || at=$host/${setting[internal.$1]} # the clients' port speaks TLS
  reply=$( (
    exec 3<>"/dev/tcp/$at" || exit 1
    printf '\x00\x00\x00\x0f\x00\x12\x00\x00\x00\x00\x00\x2a\x00\x05ready' >&3
    timeout 2 head -c 10 <&3 | od -An -v -tx1 | tr -d ' \n'
  ) 2>/dev/null 6>&- 7>&- 8>&-)
  # after the length: our correlation id, error 0
  [[ ${reply:8} == 0000002a0000 ]]
}

java_options() {
  printf '%s\n' "-Xmx${setting[heap]}" -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError -XX:-UsePerfData \
    -Dorg.slf4j.simpleLogger.showDateTime=true "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS"
}

# Writes the configuration of node $1 and gives its folder the cluster's id when it is new.
prepare_node() {
  local folder=$dir/node-$1
  mkdir -p "$folder" || fail "cannot create $folder"
  print_properties "$1" >"$folder/server.properties" || exit 1
  [[ -e $folder/data/meta.properties ]] && return 0
  if ! "$java" -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$(classpath)" kafka.tools.StorageTool format \
    -t "${setting[cluster_id]}" -c "$folder/server.properties" ${scram[@]+"${scram[@]}"} >"$folder/format.log" 2>&1 </dev/null 8>&-; then
    tail -n 5 "$folder/format.log" >&2
    fail "the folder $folder/data could not be prepared (the whole output is in $folder/format.log)"
  fi
}

# Starts the process of node $1; the caller waits until it answers. It gets a session of its own, so that an
# interrupt of the terminal reaches this script only, and keeps file 7 (its lock) but not 8 (this command's).
launch_node() {
  local folder=$dir/node-$1
  local -a options
  mapfile -t options < <(java_options)
  [[ -e $folder/log ]] && mv "$folder/log" "$folder/log.before"
  exec 7>"$folder/lock"
  flock -w 5 7 || fail "node $1 runs already"
  setsid "$java" "${options[@]}" -cp "$(classpath)" kafka.Kafka "$folder/server.properties" \
    >"$folder/log" 2>&1 </dev/null 8>&- &
  echo "$!" >"$folder/pid"
  exec 7>&-
}

# Waits until the given nodes answer. 0 they do, 3 a port was taken by somebody in between, 1 otherwise.
await_nodes() {
  local until=$((SECONDS + timeout)) i
  for i in "$@"; do
    until answers "$i"; do
      [[ -z ${ended:-} ]] || return 1 # told to stop (run)
      if ! is_running "$i"; then
        grep -q 'Address already in use' "$dir/node-$i/log" && return 3
        grep -E 'ERROR|Exception|OutOfMemory|Error:' "$dir/node-$i/log" | head -n 8 >&2
        say "node $i ended while it started; its log is $dir/node-$i/log"
        return 1
      fi
      if ((SECONDS >= until)); then
        tail -n 5 "$dir/node-$i/log" >&2
        say "node $i does not answer after $timeout s; its log is $dir/node-$i/log; --timeout allows more"
        return 1
      fi
      sleep 0.1
    done
  done
}

signal_node() { kill "-$2" "$(<"$dir/node-$1/pid")" 2>/dev/null; }

# Waits $2 seconds at most until the process of node $1 is gone.
await_end() { flock -w "$2" -s "$dir/node-$1/lock" true; }

# Asks the running ones of the given nodes to end, and ends them after the time-out.
stop_nodes() {
  local until=$((SECONDS + timeout)) i left
  for i in "$@"; do
    is_running "$i" || continue
    signal_node "$i" TERM
    signal_node "$i" CONT
  done
  for i in "$@"; do
    [[ -e $dir/node-$i/lock ]] || continue
    left=$((until - SECONDS))
    if ! await_end "$i" $((left > 0 ? left : 0)); then
      say "node $i did not stop within $timeout s; killing it"
      signal_node "$i" KILL
      await_end "$i" 10 || fail "node $i (process $(<"$dir/node-$i/pid")) cannot be killed"
    fi
    rm -f "$dir/node-$i/pid"
  done
}
