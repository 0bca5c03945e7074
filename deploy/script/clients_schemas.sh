# shellcheck shell=bash disable=SC2154  # variables of test.sh and clients.sh
# Part of ./citybrain test clients: buf (buf.build) on schemas/proto, by schemas/buf.yaml. schemas/history/proto.binpb holds the
# messages as they were last released; after a release: (cd schemas && buf build -o history/proto.binpb).

# Ready to use: $buf.
install_buf() {
  local folder=$build_dir/clients/buf
  buf=$folder/node_modules/.bin/buf
  mkdir -p "$folder"
  # --prefix: without it npm takes the folder above, where there is a package.json already
  [[ -x $buf ]] || npm install --prefix "$folder" --silent --no-audit --no-fund @bufbuild/buf@1.75.0 >/dev/null
  [[ -x $buf ]]
}

# buf finds nothing wrong with the messages, and does find a field that was taken away.
check_with_buf() {
  local log=$log_dir/tests/clients-buf.log copy code=0
  if (cd "$root/schemas" && "$buf" lint && "$buf" breaking --against history/proto.binpb) >"$log" 2>&1; then count 1 0 ""; else count 0 1 "buf on schemas/proto: $log"; fi
  copy=$(mktemp -d)
  cp -r "$root/schemas/proto" "$root/schemas/buf.yaml" "$copy"
  sed -i '/uint32 free_berths/d' "$copy/proto/parking/v1/parking.proto"
  (cd "$copy" && "$buf" breaking --against "$root/schemas/history/proto.binpb") >>"$log" 2>&1 || code=$?
  if ((code == 100)); then count 1 0 ""; else count 0 1 "buf breaking overlooks a field taken away (exit $code): $log"; fi # 100: it has findings
  rm -rf "$copy"
}

run_schema_clients() {
  install_buf || { count 0 1 "installing buf"; return; }
  check_with_buf
}
