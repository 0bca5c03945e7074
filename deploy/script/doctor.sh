# ./citybrain doctor: what this machine has, what is missing, and the line that mends it. Changes nothing.

line() { printf '  %-26s %s\n' "$1" "$2"; }

version_of() { command -v "$1" >/dev/null && "$1" --version 2>/dev/null | head -n 1; }

doctor_tier() {
  local tier=$1 what=$2
  local -a missing
  mapfile -t missing < <(missing_lines "$tier")
  if ((${#missing[@]} == 0)); then
    line "$what" "all packages installed"
    return 0
  fi
  line "$what" "missing: ${missing[*]%% *}"
  line "" "mend: $(install_line "${missing[@]%% *}")"
  return 1
}

# What deploy/kafka/broker has and who of this user's it runs.
doctor_kafka() {
  local jars n
  jars=$("$root/deploy/kafka/broker" jars)
  if compgen -G "$jars/kafka_2.13-*.jar" >/dev/null; then
    line "Kafka's jars" "$jars"
  else
    line "Kafka's jars" "fetched when a broker is first started (45 MB)"
  fi
  n=$(pgrep -u "$UID" -fc ' kafka\.Kafka .*/node-[0-9]*/server\.properties' 2>/dev/null)
  if ((${n:-0} > 0)); then line "Kafka brokers" "$n of this user run here"; fi
}

doctor_command() {
  local problems=0 free memory
  if (($# > 0)); then
    say "doctor takes no arguments"
    return 2
  fi
  echo "citybrain doctor"
  line system "$(. /etc/os-release 2>/dev/null && echo "$PRETTY_NAME"), $(uname -m), $(nproc) cores"
  memory=$(awk '/^MemAvailable/ {print int($2 / 1024)}' /proc/meminfo)
  line "free memory" "$memory MiB$( ((memory < 2048)) && echo ' (a build wants 2048)')"
  free=$(df -Pm "$root" | awk 'NR == 2 {print $4}')
  line "free disk" "$free MiB$( ((free < 3072)) && echo ' (a build with its tests wants 3072)')"
  line compiler "$(version_of g++ || echo 'none')"
  line cmake "$(version_of cmake || echo 'none')"
  if has_dpkg; then
    doctor_tier run "to run" || problems=1
    doctor_tier sumo "for SUMO as the city" || true
    doctor_tier test "to test" || true
    doctor_tier kafka "for a Kafka broker" || true
    doctor_tier all "to test all" || true
    if ! root_prefix >/dev/null; then line "installing" "this user cannot (neither root nor sudo)"; fi
  else
    line packages "no apt here; needed: $(tier_lines run | tr '\n' ' ')"
  fi
  doctor_kafka
  if [[ -w $root ]]; then line checkout "$root, writable"; else line checkout "$root, read only: built in $(own_build_dir "$preset")"; fi
  if find_fresh_build; then
    line program "up to date ($build_dir)"
  elif [[ -x $build_dir/bin/citybrain ]]; then
    line program "built, but sources have changed since; the next command rebuilds it"
  else
    line program "not built yet; the first command builds it (about $(first_build_minutes) minutes)"
  fi
  if ((problems)); then
    echo "Not ready: install what is missing to run, or let ./citybrain do it."
    return 1
  fi
  echo "Ready: ./citybrain run quickstart"
}
