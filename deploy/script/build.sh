# Where things are built, whether they are up to date, and building them.
#
# Up to date means: the program exists and nothing that it is made from is newer than the stamp of its last build.
# `find` over the source folders answers that in a few milliseconds; CMake and ninja would take the better part of a
# second. Folders count as well as files, so that removed and renamed files are noticed, and so does dpkg's status
# file: after an upgrade of a library ninja decides what to rebuild. The stamp carries the time at which the build
# began, so what is edited during a build is newer than it.

source_paths=(hub connectors scenarios schemas cmake CMakeLists.txt CMakePresets.json)

# Names the build folder of this user: build/PRESET in the checkout or, where that cannot be written, a folder of the
# user's cache that belongs to this checkout.
own_build_dir() {
  if [[ -w $root/build/$1 || (! -e $root/build/$1 && -w $root/build) || (! -e $root/build && -w $root) ]]; then
    echo "$root/build/$1"
  else
    local checkout
    checkout=$(printf '%s' "$root" | cksum | cut -d' ' -f1)
    echo "${XDG_CACHE_HOME:-${HOME:-/var/tmp/$UID}/.cache}/citybrain/$checkout/$1"
  fi
}

choose_log_dir() {
  log_dir=$(own_build_dir log)
  mkdir -p "$log_dir"
}

# $1: build folder. True when its program is newer than everything it is made from.
is_fresh() {
  [[ -x $1/bin/citybrain && -e $1/program.stamp ]] || return 1
  local newer
  local -a paths=()
  local path
  for path in "${source_paths[@]}"; do [[ -e $root/$path ]] && paths+=("$root/$path"); done
  [[ -e /var/lib/dpkg/status ]] && paths+=(/var/lib/dpkg/status)
  # scenarios/library is data: the program reads it when it runs
  newer=$(find "${paths[@]}" -path "$root/scenarios/library" -prune -o -newer "$1/program.stamp" -print -quit 2>&1)
  [[ -z $newer ]]
}

# Sets build_dir to a folder with a fresh program: the checkout's, which may be another user's, or one's own.
find_fresh_build() {
  for build_dir in "$root/build/$preset" "$(own_build_dir "$preset")"; do
    is_fresh "$build_dir" && return 0
  done
  return 1
}

show_failure() {
  printf '%s\n' "---- last lines of $2" >&2
  tail -n 40 "$2" >&2
  say "$1; the whole output is in $2"
}

# As many compilers at once as there are cores, but one for every GiB of memory at most.
build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo 2>/dev/null || echo "$cores")
  ((memory < 1)) && memory=1
  echo $((cores < memory ? cores : memory))
}

# One build at a time in a folder. The lock is held by file descriptor 9 until release_build.
lock_build() {
  mkdir -p "$build_dir"
  if command -v flock >/dev/null; then
    exec 9>"$build_dir/lock"
    if ! flock -n 9; then
      say "another ./citybrain is building here; waiting for it"
      flock 9
    fi
  fi
}

release_build() { exec 9>&-; }

# $1: ON or OFF, tests wanted. Configures when there is no build yet or tests join; ninja reruns CMake by itself for
# changed CMake files, and a build with tests stays one when only the program is wanted.
configure() {
  local cache=$build_dir/CMakeCache.txt log=$log_dir/configure-$preset.log
  if [[ -e $build_dir/build.ninja ]]; then
    [[ $1 == OFF ]] && return 0
    grep -q '^CITYBRAIN_TESTS:[A-Z]*=ON' "$cache" && return 0
  fi
  # a compiler cache that cannot be written makes ccache fail the compilation
  if ! mkdir -p "${CCACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/ccache}" 2>/dev/null; then
    export CCACHE_DIR=$build_dir/ccache
  fi
  say "configuring (preset $preset)"
  if ! (cd "$root" && cmake --preset "$preset" -B "$build_dir" "-DCITYBRAIN_TESTS=$1") >"$log" 2>&1; then
    show_failure "configuring failed" "$log"
    say "./citybrain doctor says what is missing"
    return 1
  fi
}

# Minutes that are left when $1 of $2 steps took $3 seconds, for people; nothing while it is too early to say.
time_left() {
  local left
  (($1 * 10 >= $2 && $3 >= 10)) || return 0
  left=$((($2 - $1) * $3 / $1))
  if ((left >= 90)); then printf ', about %s minutes left' $(((left + 30) / 60)); else printf ', about a minute left'; fi
}

# Reads ninja's output and shows how far it is: one changing line on a terminal, a line every half minute elsewhere.
show_steps() {
  local line text began=$SECONDS last=$SECONDS
  while IFS= read -r line; do
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    [[ -t 2 ]] || ((SECONDS - last >= 30)) || continue
    last=$SECONDS
    text="$1: ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]} steps$(time_left "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" $((SECONDS - began)))"
    if [[ -t 2 ]]; then printf '\r%s\e[K' "$text" >&2; else say "$text"; fi
  done
  if [[ -t 2 ]]; then printf '\r\e[K' >&2; fi
}

# $1: what is built, for people; $2: log file; the rest: arguments of ninja.
run_ninja() {
  local what=$1 log=$2
  shift 2
  NINJA_STATUS='[%f/%t] ' ninja -C "$build_dir" -j "$(build_jobs)" "$@" 2>&1 9>&- | tee "$log" | show_steps "$what"
  return "${PIPESTATUS[0]}"
}

# Minutes of a first build: core minutes measured on two cores, shared by the cores of this machine.
first_build_minutes() {
  local core_minutes=20
  echo $(((core_minutes + $(build_jobs) - 1) / $(build_jobs)))
}

# Builds the program in this user's folder and stamps it.
build_program() {
  build_dir=$(own_build_dir "$preset")
  choose_log_dir
  lock_build
  if is_fresh "$build_dir"; then
    release_build
    return 0
  fi
  configure OFF || return 1
  if [[ -x $build_dir/bin/citybrain ]]; then
    say "building citybrain (sources have changed)"
  else
    say "building citybrain (first time: about $(first_build_minutes) minutes)"
  fi
  touch "$build_dir/program.stamp.new"
  if ! run_ninja "building citybrain" "$log_dir/build-$preset.log" citybrain; then
    show_failure "building failed" "$log_dir/build-$preset.log"
    return 1
  fi
  mv "$build_dir/program.stamp.new" "$build_dir/program.stamp"
  release_build
}

# Removes what was built, of every preset, and the jars that deploy/kafka/broker has fetched.
clean_command() {
  local dir
  local -a dirs=()
  if (($# > 0)); then
    say "clean takes no arguments; it removes every preset's build"
    return 2
  fi
  for dir in "$root/build" "$(dirname "$(own_build_dir "$preset")")"; do
    [[ -d $dir && -w $dir ]] && dirs+=("$dir")
  done
  dir=$("$root/deploy/kafka/broker" jars)
  [[ -d $dir && -w $dir ]] && dirs+=("$dir")
  ((${#dirs[@]} == 0)) && return 0
  rm -rf "${dirs[@]}" && say "removed $(printf '%s\n' "${dirs[@]}" | sort -u | tr '\n' ' ')"
}
