# Which packages a tier needs (deploy/apt/TIER.txt), which of them are missing, and how to install them.

# Lines of the tiers without comments; each line is one package or alternatives "a | b".
tier_lines() {
  local tier
  for tier in "$@"; do
    sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' "$root/deploy/apt/$tier.txt"
  done
}

has_dpkg() { command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; }

# "package version" for every installed package of the given names, in one call.
installed_versions() {
  dpkg-query -W -f='${db:Status-Status} ${Package} ${Version}\n' "$@" 2>/dev/null |
    sed -n 's/^installed //p'
}

# The lines of the tiers of which no alternative is installed.
missing_lines() {
  local line name found
  local -A installed=()
  local -a names
  mapfile -t names < <(tier_lines "$@" | tr '|' '\n' | tr -d ' ')
  while read -r name _; do installed[$name]=1; done < <(installed_versions "${names[@]}")
  while read -r line; do
    found=
    for name in ${line//|/ }; do [[ -n ${installed[$name]:-} ]] && found=1; done
    [[ -z $found ]] && echo "$line"
  done < <(tier_lines "$@")
  return 0
}

# The first alternative that this system's package lists know; the first of all when they know none.
pick_alternative() {
  local name
  local -a names
  read -ra names <<<"${1//|/ }"
  if ((${#names[@]} > 1)); then
    for name in "${names[@]}"; do
      if [[ -n $(apt-cache show --no-all-versions "$name" 2>/dev/null) ]]; then
        echo "$name"
        return
      fi
    done
  fi
  echo "${names[0]}"
}

# How this user becomes root for apt: nothing as root, sudo where it works or may ask, otherwise failure.
root_prefix() {
  if [[ ${CITYBRAIN_INSTALL:-yes} == no ]]; then return 1; fi
  if ((EUID == 0)); then return 0; fi
  command -v sudo >/dev/null || return 1
  if sudo -n true 2>/dev/null; then
    echo sudo -n
  elif [[ -t 0 && -t 2 ]]; then
    echo sudo
  else
    return 1
  fi
}

# One line that installs the given packages, for people.
install_line() {
  local command="apt-get update && apt-get install -y --no-install-recommends $*"
  if ((EUID == 0)); then
    echo "$command"
  elif command -v sudo >/dev/null; then
    echo "sudo sh -c '$command'"
  else
    echo "su -c '$command'"
  fi
}

apt_get() {
  # shellcheck disable=SC2086  # the prefix is words
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 "$@" </dev/null
}

# Installs what is missing of the given tiers. Not on Debian: says what it would have looked for and goes on.
ensure_packages() {
  local line as_root log
  local -a missing lines
  if ! has_dpkg; then
    say "no apt on this system; it must have: $(tier_lines "$@" | sed 's/ |.*//' | tr '\n' ' ')"
    return 0
  fi
  mapfile -t lines < <(missing_lines "$@")
  ((${#lines[@]} == 0)) && return 0
  if ! as_root=$(root_prefix); then
    for line in "${lines[@]}"; do missing+=("${line%% *}"); done
    say "${#missing[@]} packages are missing and this user cannot install them; run this once:"
    printf '  %s\n' "$(install_line "${missing[@]}")" >&2
    return 1
  fi
  choose_log_dir
  log=$log_dir/install.log
  say "installing ${#lines[@]} packages and what they need ($*)"
  if ! apt_get update >"$log" 2>&1; then
    say "apt-get update failed; going on with the package lists of before"
  fi
  for line in "${lines[@]}"; do missing+=("$(pick_alternative "$line")"); done
  if ! apt_get install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
    show_failure "installing failed" "$log"
    say "to try by hand: $(install_line "${missing[@]}")"
    return 1
  fi
}
