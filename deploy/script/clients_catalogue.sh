# shellcheck shell=bash disable=SC2154  # variables of test.sh and clients.sh
# Judges that are not ours, part of ./citybrain test clients: datacontract-cli and the ODCS 3.1.0 JSON schema on every contract,
# datacontract-cli's `breaking` beside our verdicts, the DCAT-AP 3 shapes on the exported catalogue, the Python package prov on lineage.
# The standards are read from $CITYBRAIN_STANDARDS, or shared/data/standards beside the repository; they are not part of it.

# Ready to use: $catalogue_dir/python/bin/python.
install_catalogue_clients() {
  catalogue_dir=$build_dir/clients/catalogue
  mkdir -p "$catalogue_dir"
  [[ -x $catalogue_dir/python/bin/python ]] || python3 -m venv "$catalogue_dir/python" || return 1
  "$catalogue_dir/python/bin/python" -c 'import datacontract, pyshacl, jsonschema, prov' 2>/dev/null ||
    "$catalogue_dir/python/bin/python" -m pip install -q datacontract-cli==1.2.8 pyshacl==0.40.1 jsonschema==4.26.0 prov==3.2.3 || return 1
}

# Lineage of a command and of an estimate, read by the package prov.
read_lineage_by_prov() {
  local log=$log_dir/tests/clients-prov.log program=$build_dir/bin/citybrain out command asked
  out=$(mktemp -d)
  "$program" run quickstart --horizon 2m --out "$out/run" --no-progress >"$log" 2>&1
  command=$("$program" audit ls "$out/run" --kind decision --limit 1 --json 2>>"$log" | sed -n 's/.*"command":"\([0-9a-f]*\)".*/\1/p' | head -n 1)
  for asked in "$command" queue:road_0_1_0/2@1m; do
    "$program" lineage "$out/run" "$asked" --prov "$out/lineage.json" >>"$log" 2>&1
    run_one "lineage of ${asked:-a command} read by prov" "$log" "$catalogue_dir/python/bin/python" "$root/tests/clients/read_prov.py" "$out/lineage.json"
    count_plain "$log" "lineage of ${asked:-a command} read by prov"
    rm -f "$out/lineage.json"
  done
  rm -rf "$out"
}

run_catalogue_clients() {
  local standards=${CITYBRAIN_STANDARDS:-$root/../shared/data/standards} log=$log_dir/tests/clients-catalogue.log export
  install_catalogue_clients || { count 0 1 "installing datacontract-cli, pyshacl and prov"; return; }
  read_lineage_by_prov
  [[ -d $standards ]] || { say "no standards in $standards (CITYBRAIN_STANDARDS): contracts and catalogue are not held against them"; skipped=$((skipped + 1)); return; }
  export=$(mktemp)
  "$build_dir/bin/citybrain" catalog export --base https://data.example.cn/ --out "$export" >"$log" 2>&1 || { count 0 1 "catalog export: $log"; return; }
  run_one "contracts and catalogue: outside judges" "$log" "$catalogue_dir/python/bin/python" "$root/tests/clients/catalogue.py" "$root" "$standards" "$export"
  count_plain "$log" "contracts and catalogue: outside judges"
  rm -f "$export"
}
