# shellcheck shell=bash disable=SC2154,SC2034  # variables of broker
# Java and the broker's jars: what is needed, where it is kept, fetching it once per user with Maven (pom.xml beside
# this file says which). Sourced by broker, which sets here and, with --jars, jars; say and fail are its.

pom=$here/pom.xml

# A folder of the user's cache whose name changes when pom.xml does, so that an old set is never taken for a new one.
default_jars_dir() {
  local version sum
  version=$(sed -n '/kafka_2\.13/,/<\/dependency>/ s/.*<version>\(.*\)<\/version>.*/\1/p' "$pom" | head -n 1)
  sum=$(cksum <"$pom" | cut -d' ' -f1)
  echo "${XDG_CACHE_HOME:-${HOME:-/var/tmp/$UID}/.cache}/citybrain/kafka-$version-$sum"
}

# Sets java; Kafka 4 wants Java 17 or newer.
find_java() {
  local version
  java=${JAVA_HOME:+$JAVA_HOME/bin/java}
  [[ -x $java ]] || java=$(command -v java) ||
    fail "there is no java; install it (Debian: apt-get install default-jre-headless) or set JAVA_HOME"
  version=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
  [[ $version =~ ^[0-9]+$ ]] || fail "$java does not say its version; try: $java -version"
  ((version >= 17)) || fail "$java is Java $version, Kafka 4 needs 17 or newer; set JAVA_HOME to a newer one"
}

# True when the folder $1 has a broker's jars: a complete fetch of ours, or the libs folder of a Kafka release.
has_jars() {
  compgen -G "$1/kafka_2.13-*.jar" >/dev/null && compgen -G "$1/slf4j-api-*.jar" >/dev/null
}

# Fetches the jars into $jars unless they are there. Whole or not at all: they arrive in a folder beside it, which is
# then renamed; two who fetch at the same time wait for each other.
fetch_jars() {
  local parent incoming log code=0
  has_jars "$jars" && return 0
  command -v mvn >/dev/null ||
    fail "the broker's jars are not in $jars and there is no mvn to fetch them; install it (Debian: apt-get install maven) or give --jars DIR, e.g. the libs folder of a Kafka 4 release"
  parent=$(dirname "$jars")
  mkdir -p "$parent" 2>/dev/null || fail "cannot create $parent; give --jars DIR with a folder that you may write"
  [[ ! -e $jars || -z $(ls -A "$jars" 2>/dev/null) ]] ||
    fail "$jars has files, but no Kafka broker among them; give another folder with --jars"
  (
    flock 6
    has_jars "$jars" && exit 0
    incoming=$(mktemp -d "$jars.XXXXXX") || exit 1
    trap 'rm -rf "$incoming"' EXIT
    log=$parent/fetch.log
    say "fetching the broker's jars (45 MB, once) into $jars"
    mvn -B -q -Dstyle.color=never -f "$pom" dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$incoming" \
      >"$log" 2>&1 </dev/null || code=$?
    if ((code != 0)) || ! has_jars "$incoming"; then
      sed -i 's/\x1b\[[0-9;]*m//g' "$log" # colours, of which Maven resets some even when told not to use any
      grep -m 3 ERROR "$log" >&2 || tail -n 5 "$log" >&2
      say "Maven could not fetch the broker's jars (the whole output is in $log)."
      say "Maven Central must be reachable: check the network, or name a mirror or proxy in ~/.m2/settings.xml;"
      say "on a machine without, give --jars DIR with the libs folder of a Kafka 4 release."
      exit 1
    fi
    rmdir "$jars" 2>/dev/null
    chmod 755 "$incoming"
    mv "$incoming" "$jars"
  ) 6>"$parent/fetch.lock" || exit 1
}

# All jars, in an order that does not change.
classpath() {
  local -a all
  all=("$jars"/*.jar)
  local IFS=:
  echo "${all[*]}"
}
