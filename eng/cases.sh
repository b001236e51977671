#!/usr/bin/env bash
# Small inputs that people met elsewhere as faults, with the right answers: every one is made here, run, and checked.
#
#   eng/cases.sh [NAME …]      all cases, or those named; the last line says how many passed
#
# ENCORE_TOOL names the built tool. Cases that need curl or python3 skip without them, and say so.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
tool=${ENCORE_TOOL:-$root/artifacts/bin/Encore.Tool/release/encore}
[ -x "$tool" ] || { echo "error: found no tool at $tool; build it (dotnet build -c Release) or set ENCORE_TOOL" >&2; exit 2; }
work=$(mktemp -d)
trap 'stop_server; rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0 name="" server=""

encore() { "$tool" "$@"; }

# --- checks ---------------------------------------------------------------------------------------------------------
wrong() { echo "FAILED $name: $1" >&2; bad=1; }

says() { # text pattern: the text has a line like it
  grep -qE -- "$2" <<<"$1" || wrong "expected /$2/, found: $(head -c 600 <<<"$1" | tr '\n' '|')"
}

says_not() {
  ! grep -qE -- "$2" <<<"$1" || wrong "expected nothing like /$2/, found: $(head -c 600 <<<"$1" | tr '\n' '|')"
}

same() { # found expected what
  [ "$1" = "$2" ] || wrong "$3: found '$(head -c 400 <<<"$1")', expected '$(head -c 400 <<<"$2")'"
}

# --- data -----------------------------------------------------------------------------------------------------------
# A log of numbers that look random and never change: users, items, interactions a user, and what stands before an item.
make_log() {
  awk -v users="$1" -v items="$2" -v each="$3" -v before="${4:-}" 'BEGIN {
    print "user,item,rating,timestamp"; x = 12345
    for (u = 0; u < users; u++) { split("", seen)
      for (k = 0; k < each; k++) {
        do { x = (x * 1103515245 + 12345) % 2147483648; i = int(x / 65536) % items; i = int(i * i / items) } while (i in seen)
        seen[i] = 1; x = (x * 1103515245 + 12345) % 2147483648
        printf "%d,%s%d,%d,%d\n", u, before, i, int(x / 65536) % 5 + 1, 1000 + 100 * u + k } } }'
}

ids() { tail -n +2 | cut -d, -f1 | tr '\n' ' '; } # item ids of --output csv
item_ids() { grep -oE '"item": ?"[^"]*"' | sed -E 's/.*: ?"(.*)"/\1/' | tr '\n' ' '; }

train_ease() { [ -f "$1" ] || encore train ease --data "$2" --set l2=5 --out "$1" --no-track -q >/dev/null 2>&1 || wrong "training failed"; }

start_server() { # arguments of encore serve
  encore serve "$@" --port 0 --explorer false >server.out 2>server.err &
  server=$!
  for _ in $(seq 100); do
    url=$(grep -ohE 'http://127\.0\.0\.1:[0-9]+' server.out server.err | head -1)
    [ -n "$url" ] && curl -fs "$url/readyz" >/dev/null 2>&1 && return
    kill -0 "$server" 2>/dev/null || break
    sleep .1
  done
  wrong "the server does not answer: $(head -c 400 server.err)"
}

stop_server() { [ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; server=""; }; }

post() { curl -s -w ' [%{http_code}]' -X POST "$url/v1/$1" -H 'Content-Type: application/json' -d "$2"; }

need() { command -v "$1" >/dev/null || { echo "skipped $name: needs $1"; return 1; }; }

# --- cases: reading -------------------------------------------------------------------------------------------------
inspect() { encore data inspect "$@" -q 2>/dev/null | tr -s ' '; }

case_delimiter_comma() {
  printf '1;2;3,5\n1;3;4,0\n2;3;1,0\n' >semi.csv
  tr ';' ' ' <semi.csv >blank.txt
  printf 'u1;Salt, Pepper;5\nu1;Oil, Vinegar;4\nu2;Oil, Vinegar;1\n' >titles.csv
  tr ';' '|' <titles.csv >bar.csv
  for f in semi.csv blank.txt; do out=$(inspect "$f"); says "$out" '^users 2'; says "$out" '^items 2'; says "$out" '^mean rating 2\.833'; done
  for f in titles.csv bar.csv; do out=$(inspect "$f"); says "$out" '^users 2'; says "$out" '^items 2'; says "$out" '^mean rating 3\.333'; done
}

case_tsv_quotes() {
  printf 'user\titem\trating\nu1\t"big al\t3\nu1\tb\t4\nu2\ta\t1\nu2\tx"\t1\n' >eaten.tsv
  out=$(inspect eaten.tsv); says "$out" '^users 2'; says "$out" '^items 4'; says "$out" '^interactions 4'
  printf '"User-ID";"ISBN"\n"9";"00\\"4"\n"9";"155"\n' >escaped.csv
  out=$(inspect escaped.csv); says "$out" '^users 1'; says "$out" '^items 2'
}

case_latin_1() {
  printf 'user,item,rating,title\n1,2,3,caf\351\n1,3,4,x\n2,2,5,y\n' >log.csv
  says "$(inspect log.csv)" '^mean rating 4' # nobody uses the column whose bytes are no UTF-8
  says "$(encore data inspect log.csv --columns item=title -q 2>&1)" '^error: .*encoding'
  out=$(inspect log.csv --encoding latin-1); says "$out" '^users 2'; says "$out" '^mean rating 4'
}

case_headerless_positions() {
  printf '0\t2010-10-19T23:55:27Z\t30.23\t-97.79\t22847\n0\t2010-10-18T22:17:43Z\t30.26\t-97.74\t420315\n1\t2010-10-17T23:42:03Z\t30.25\t-97.76\t316637\n' >checkins.txt
  all=$(encore data inspect checkins.txt -q 2>&1); out=$(tr -s ' ' <<<"$all")
  grep -qE '^items 3' <<<"$out" && says "$out" '2010-10-1' || says "$out" '^error: '
  awk 'BEGIN { for (u = 0; u < 12; u++) { for (c = 0; c < 60; c++) printf "%s%.2f", c ? "," : "", (u * 7 + c * 13) % 19 - 9; print "" } }' >matrix.csv
  out=$(encore data inspect matrix.csv -q 2>&1); code=$?
  same $code 1 "exit code of a matrix"; says "$out" '^error: '; says "$out" '60'
  printf '1 100 8 5 4\n1 101 8 3 3\n2 100 8 4 2\n' >trust.txt
  out=$(encore data inspect trust.txt -q 2>&1); code=$?
  [ $code -ne 0 ] || says "$(tr -s ' ' <<<"$out")" '^mean rating 4'
}

case_rating_column_name() {
  for column in Book-Rating ratings user_rating review_overall review/score Rate "Rating (1-5)" vote; do
    printf 'user_id,item_id,%s\n1,2,5\n1,3,1\n2,2,3\n' "$column" >t.csv
    out=$(encore data inspect t.csv -q 2>&1 | tr -s ' ')
    grep -q '^mean rating 3' <<<"$out" || says "$out" 'warning: .*--columns'
  done
  for column in t_dat review_date reviewTime event_timestamp "Check-in Time"; do
    printf 'user_id,item_id,%s\n1,2,1500000000\n1,3,1500000001\n2,2,1500000002\n' "$column" >t.csv
    out=$(encore data inspect t.csv -q 2>&1 | tr -s ' ')
    grep -q '2017-07-14' <<<"$out" || says "$out" 'warning: .*--columns'
  done
}

case_string_timestamps() {
  # The first 80 times are whole; a fraction comes after what a sample would look at.
  make_log 20 15 10 | tail -n +2 | awk -F, '{ t = 1600000000 + (NR * 7919) % 400; t = NR % 3 || NR < 80 ? t : t ".5"; printf "{\"user\": %s, \"item\": %s, \"timestamp\": \"%s\"}\n", $1, $2, t }' >text.jsonl
  sed -E 's/"([0-9.]+)"}/\1}/' text.jsonl >number.jsonl
  for f in text number; do
    says "$(inspect $f.jsonl)" '^first .*2020-09-13 12:2'
    encore compare --data $f.jsonl -p leave-last-out --models popularity --metrics ndcg@10 --output csv --no-track -q 2>/dev/null | tail -1 | cut -d, -f3 >$f.figure
  done
  [ -s text.figure ] || wrong "no figure"
  same "$(cat text.figure)" "$(cat number.figure)" "ndcg@10 of times as text and as numbers"
}

case_duplicates() {
  make_log 40 30 12 | awk -F, 'NR == 1 { print; next } { n++; print $1 "," $2 "," $3 "," n; if (n % 5 == 0) { n++; print $1 "," $2 "," 5 - $3 + 1 "," n } }' >asc.csv
  { head -1 asc.csv; tail -n +2 asc.csv | sort -t, -k4,4nr; } >desc.csv
  { head -1 asc.csv; tail -n +2 asc.csv | awk '{ print (NR * 7919) % 10007 "," $0 }' | sort -n | cut -d, -f2-; } >shuffled.csv
  for p in strong weak leave-last-out temporal; do
    for f in asc desc shuffled; do
      encore compare --data $f.csv -p $p --models popularity,ease:l2=2 --min-rating 1 --metrics ndcg@10 --output csv --no-track -q 2>/dev/null | cut -d, -f3 >$f.figures
    done
    [ "$(wc -l <asc.figures)" = 3 ] || wrong "$p: no figures"
    same "$(cat desc.figures)" "$(cat asc.figures)" "$p, lines in descending order"
    same "$(cat shuffled.figures)" "$(cat asc.figures)" "$p, lines in any order"
  done
}

# --- cases: recommending --------------------------------------------------------------------------------------------
case_disliked_again() {
  make_log 60 30 12 >log.csv; train_ease m.encore log.csv
  printf 'user,item,rating\nz,1,1\nz,2,2\nz,3,1\n' >z.csv
  encore recommend m.encore --users z.csv --out recs.csv -k 3 -q >/dev/null 2>&1
  same "$(tail -n +2 recs.csv | wc -l)" 3 "recommendations"
  says_not "$(cat recs.csv)" '^z,[123],'
  found=$(encore recommend m.encore --history 1:1,2:2,3:1 -k 3 --output json 2>/dev/null | item_ids)
  same "$(wc -w <<<"$found")" 3 "items"
  says_not " $found" ' [123] '
}

case_at_file() {
  make_log 60 30 12 >log.csv; train_ease m.encore log.csv
  printf '3\n4\n5\n' >allow.txt
  for form in "--allow @allow.txt" "--allow=@allow.txt"; do
    # shellcheck disable=SC2086
    found=$(encore recommend m.encore --history 1:5 $form -k 5 --output json 2>/dev/null | item_ids | tr ' ' '\n' | sort | xargs)
    same "$found" "3 4 5" "$form"
  done
  found=$(encore recommend m.encore --history 1:5 --deny @allow.txt -k 5 --output json 2>/dev/null | item_ids)
  same "$(wc -w <<<"$found")" 5 "items"; says_not " $found" ' [345] '
  says "$(encore similar m.encore @bob 2>&1)" '@bob'
}

case_colon_ids() {
  make_log 60 20 7 movie: | cut -d, -f1,2 >log.csv; train_ease m.encore log.csv
  plain=$(encore recommend m.encore --history movie:3,movie:7 -k 2 --output json 2>/dev/null)
  rated=$(encore recommend m.encore --history movie:3:1,movie:7:1 -k 2 --output json 2>/dev/null)
  same "$(item_ids <<<"$plain" | wc -w)" 2 "items"
  same "$(item_ids <<<"$plain")" "$(item_ids <<<"$rated")" "ids with colons"
  says_not "$plain" '"(movie|3|7)"'
}

case_user_only() {
  make_log 30 20 10 | cut -d, -f1-3 >log.csv
  encore train autorec --data log.csv -p rating --repetitions 1 --set epochs=3 --out m.encore --no-track -q >/dev/null 2>&1
  alone=$(encore recommend m.encore --user 3 -k 2 --output json 2>/dev/null); code=$?
  same $code 0 "exit code"
  same "$(item_ids <<<"$alone")" "$(encore recommend m.encore --user 3 --history "" -k 2 --output json 2>/dev/null | item_ids)" "--user alone"
  same "$(item_ids <<<"$alone" | wc -w)" 2 "items"
}

case_update() {
  make_log 60 20 8 | cut -d, -f1,2 >all.csv
  { head -1 all.csv; awk -F, 'NR > 1 && $1 < 45' all.csv; } >old.csv; { head -1 all.csv; awk -F, '$1 >= 45 && NR > 1' all.csv; } >new.csv
  for f in old all; do
    mkdir -p $f; tr , '\t' <$f.csv >$f/train.tsv
    printf 'user\titem\nh\t0\nh\t1\n' >$f/test_history.tsv; printf 'user\titem\nh\t2\nh\t3\n' >$f/test_heldout.tsv
    encore train ease --split-dir $f --set l2=4 --set keep-gram=true --out $f.encore --no-track -q >/dev/null 2>&1 || wrong "training on $f failed"
  done
  encore update old.encore --data new.csv --out updated.encore >/dev/null 2>&1 || wrong "the update failed"
  for h in 0,1 2,5 7; do
    same "$(encore recommend updated.encore --history $h -k 5 --output json 2>/dev/null | grep -E '"(item|score)"')" \
      "$(encore recommend all.encore --history $h -k 5 --output json 2>/dev/null | grep -E '"(item|score)"')" "updated and trained on all, history $h"
  done
  out=$(encore update updated.encore --data new.csv --out twice.encore 2>&1); code=$?
  [ $code -ne 0 ] || wrong "the same users are learnt twice: $out"
}

# --- cases: measuring -----------------------------------------------------------------------------------------------
case_metrics() {
  mkdir -p sp
  printf 'user\titem\na\tx\na\ty\nb\tx\nb\tz\nc\tx\nc\ty\nd\tw\n' >sp/train.tsv
  printf 'user\titem\nh\tx\ng\ty\n' >sp/test_history.tsv
  printf 'user\titem\nh\ty\nh\tw\nh\tunseen\ng\tz\ng\ty\n' >sp/test_heldout.tsv
  # Popularity ranks x 3, y 2, w 1, z 1 (ties by id). h, without x: y w z, finds y, w. g, without y: x w z, finds z last.
  found=$(encore compare --split-dir sp --models popularity --metrics precision@3,recall@2,mrr@3,hit_rate@2 --output csv --no-track -q 2>/dev/null | tail -1)
  same "$(cut -d, -f3,5,7,9 <<<"$found")" "0.5,0.5,0.6666666666666666,0.5" "precision@3, recall@2, mrr@3, hit_rate@2"
}

case_nan_prediction() {
  make_log 60 40 10 | awk -F, 'NR == 1 { print "user,item,rating"; next } { print $1 "," $2 "," exp($3 * 2.6) }' >plays.csv
  out=$(encore train deeprec --data plays.csv -p rating --repetitions 1 --set learning-rate=10 --set epochs=3 --no-track -q 2>&1); code=$?
  same $code 1 "exit code"; says "$out" 'diverged: in epoch [0-9]+'; says "$out" 'Try a smaller learning rate'
}

# --- cases: runs ----------------------------------------------------------------------------------------------------
case_run_json_missing() {
  need python3 || return 77
  encore train mult-dae --data demo --set epochs=1 --runs runs -q >/dev/null 2>&1
  id=$(ls runs | head -1); cp "runs/$id/run.json" whole.json
  for member in tags metrics command seed options; do
    python3 - "$member" "runs/$id/run.json" <<'PY'
import json, sys
def drop(o):
    if isinstance(o, dict):
        o.pop(sys.argv[1], None)
        [drop(v) for v in o.values()]
d = json.load(open("whole.json")); drop(d); json.dump(d, open(sys.argv[2], "w"))
PY
    for command in "list" "show $id"; do
      # shellcheck disable=SC2086
      out=$(encore runs $command --runs runs 2>&1)
      says_not "$out" 'fault of the tool|Value cannot be null|   at Encore'
      says "$out" "$id|run\.json"
    done
  done
  sed '/"seed"/d' whole.json >"runs/$id/run.json"
  says_not "$(encore runs show "$id" --runs runs 2>&1)" '(^|[^0-9])seed 0'
}

case_best_elsewhere() {
  mkdir -p exp sub; make_log 60 30 12 >sub/x.csv
  encore tune mult-dae --data sub/x.csv -p weak --trials 2 --set epochs=1 --best exp/best.toml --no-track -q >/dev/null 2>&1 || wrong "the tuning failed"
  here=$(encore run exp/best.toml --no-track -q 2>&1 | grep ndcg)
  elsewhere=$(cd / && encore run "$work/$name/exp/best.toml" --no-track -q 2>&1 | grep ndcg)
  [ -n "$here" ] || wrong "no figure"
  same "$elsewhere" "$here" "the winner, from another folder"
  mkdir -p exp/sub; make_log 12 9 6 >exp/sub/x.csv
  same "$(encore run exp/best.toml --no-track -q 2>&1 | grep ndcg)" "$here" "the winner, beside another file of the same name"
}

case_mlflow_file_store() {
  need python3 || return 77
  make_log 30 20 8 | cut -d, -f1,2 >log.csv
  cat >store.py <<'PY'
# An MLflow server over files, as far as names go: a metric is a file, what stands before a slash its folder.
import http.server, json, os
class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *a): pass
    def answer(self, code, body):
        data = json.dumps(body).encode(); self.send_response(code); self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data))); self.end_headers(); self.wfile.write(data)
    def do_GET(self):
        self.answer(404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "none"})
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        call = self.path.split("/mlflow/")[1]; open("calls.log", "a").write(call + "\n")
        if call == "experiments/create": return self.answer(200, {"experiment_id": "1"})
        if call == "runs/create": return self.answer(200, {"run": {"info": {"run_id": "r1", "run_uuid": "r1"}, "data": {}}})
        if call == "runs/search": return self.answer(200, {"runs": []})
        if call == "runs/log-batch":
            try:
                for m in body.get("metrics", []):
                    path = os.path.join("store", "metrics", m["key"]); os.makedirs(os.path.dirname(path), exist_ok=True)
                    open(path, "a").write(f'{m["timestamp"]} {m["value"]}\n')
            except OSError as error: return self.answer(500, {"error_code": "INTERNAL_ERROR", "message": str(error)})
        self.answer(200, {})
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler); print(server.server_address[1], flush=True); server.serve_forever()
PY
  python3 store.py >port & store=$!
  for _ in $(seq 50); do [ -s port ] && break; sleep .1; done
  out=$(encore train mult-dae --data log.csv -p weak --set epochs=2 --mlflow "http://127.0.0.1:$(cat port)" --runs runs 2>&1); code=$?
  kill $store; wait $store 2>/dev/null
  same $code 0 "exit code"; says_not "$out" 'warning: .*(metric|refused|500)'
  says "$(find store -type f)" 'ndcg_at_100'; says "$(find store -type f)" 'loss'
  says "$(cat calls.log)" 'runs/update'
}

# --- cases: serving -------------------------------------------------------------------------------------------------
case_server_no_k() {
  need curl || return 77
  make_log 60 30 12 >log.csv; train_ease m.encore log.csv; start_server m.encore
  ten=$(post recommend '{"history":["1"]}'); two=$(post recommend '{"history":["1"],"k":2}'); batch=$(post recommend/batch '{"requests":[{"history":["1"]}]}')
  same "$(item_ids <<<"$ten" | wc -w)" 10 "items without k"
  same "$(item_ids <<<"$batch")" "$(item_ids <<<"$ten")" "items of a batch"
  same "$(item_ids <<<"$two")" "$(item_ids <<<"$ten" | cut -d' ' -f1,2) " "the first two"
  says "$(post recommend '{"history":["1"],"k":0}')" '\[400\]'
  stop_server
}

case_server_int_ids() {
  need curl || return 77
  make_log 60 30 12 >log.csv; train_ease m.encore log.csv; start_server m.encore --users log.csv
  for body in '{"history":[1,2],"k":1}' '{"user":7,"k":1}' '{"history":[1],"deny":[4],"k":1}' '{"history":[1],"allow":[3],"k":1}'; do
    out=$(post recommend "$body"); says "$out" '\[200\]'; same "$(item_ids <<<"$out" | wc -w)" 1 "items of $body"
  done
  out=$(post recommend '{"history":[1],"kk":1}'); says "$out" '\[400\]'; says "$out" 'kk'; says_not "$out" 'Encore\.Server'
  stop_server
}

case_server_concurrent() {
  need curl || return 77
  make_log 60 30 12 >log.csv; train_ease m.encore log.csv; start_server m.encore
  for h in 1 2 3 4; do post recommend "{\"history\":[$h],\"k\":5}" >alone.$h; done
  for n in $(seq 40); do for h in 1 2 3 4; do echo "$h $n"; done; done | xargs -P 8 -L 1 bash -c '
    curl -s -w " [%{http_code}]" -X POST "$0/v1/recommend" -H "Content-Type: application/json" -d "{\"history\":[$1],\"k\":5}" >"many.$1.$2"' "$url"
  for h in 1 2 3 4; do for n in $(seq 40); do cmp -s alone.$h many.$h.$n || wrong "history $h, request $n: another answer than alone"; done; done
  stop_server
}

# --- run ------------------------------------------------------------------------------------------------------------
cases=${*:-$(declare -F | awk '{ print $3 }' | sed -n 's/^case_//p')}
for name in $cases; do
  declare -F "case_$name" >/dev/null || { echo "error: no case is called $name" >&2; exit 2; }
  mkdir -p "$work/$name"; cd "$work/$name" || exit 2
  bad=0
  "case_$name"
  [ $? -ne 77 ] || { skipped=$((skipped + 1)); continue; }
  stop_server
  if [ $bad -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "cases: $passed right, $failed wrong, $skipped skipped"
[ $failed -eq 0 ]
