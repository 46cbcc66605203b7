#!/usr/bin/env bash
# Sets up ComfyUI beside the torch that this machine already has. Run it as often as you like: each
# step looks first, and changes only what is not yet as it should be.
#
#   setup.sh [STEP...]        steps: venv comfyui requirements nodes stub models service
#   DRY_RUN=1 setup.sh        print every command that would run, run none
set -euo pipefail
exec 2>&1

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=settings.sh source-path=SCRIPTDIR
. "$here/settings.sh"
venv=$home/venv
tools=$home/tools
comfy=$home/ComfyUI
models=$comfy/models
constraints=$venv/breathe-constraints.txt
unit=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user/breathing-room-comfyui.service
dry_run=${DRY_RUN:-}
# pip must build nothing against, and download nothing over, the torch beneath.
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_REQUIRE_VIRTUALENV=1 PIP_PROGRESS_BAR=off PIP_NO_INPUT=1
# Plain HTTP knows ranges; and nobody needs to hear of us.
export HF_HUB_DISABLE_XET=1 HF_HUB_DISABLE_TELEMETRY=1

run() {
  printf '+'
  printf ' %q' "$@"
  printf '\n'
  [[ -n $dry_run ]] || "$@"
}
same() { printf '= %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$*"
  exit 1
}

# Write stdin to a file, only if that changes it.
write() {
  local text
  text=$(cat && printf .)
  text=${text%.}
  if [[ -f $1 && $(cat -- "$1" && printf .) == "$text." ]]; then
    same "$1"
    return
  fi
  run mkdir -p -- "$(dirname -- "$1")"
  printf '+ write %q\n' "$1"
  wrote=yes
  [[ -n $dry_run ]] || printf '%s' "$text" >"$1"
}

# The venv inherits the system's packages: that is what keeps the tuned torch.
step_venv() {
  if [[ -x $venv/bin/python ]] &&
    grep -qi 'include-system-site-packages = true' "$venv/pyvenv.cfg"; then
    same "$venv inherits the system's packages"
  else
    run mkdir -p -- "$home"
    run "$python" -m venv --system-site-packages "$venv"
  fi
  if [[ -x $venv/bin/python ]]; then
    "$venv/bin/python" "$here/constraints.py" | write "$constraints"
  else
    printf '+ write %q\n' "$constraints"
  fi
}

# A git checkout at one commit or tag, with nothing of ours in it.
checkout() { # URL REF FOLDER
  if [[ -d $3/.git ]] &&
    [[ $(git -C "$3" rev-parse HEAD) == $(git -C "$3" rev-parse -q --verify "$2^{commit}") ]]; then
    same "$3 at $2"
    return
  fi
  if [[ ! -d $3/.git ]]; then
    run git clone --quiet --no-checkout "$1" "$3"
  elif ! git -C "$3" rev-parse -q --verify "$2^{commit}" >/dev/null; then
    run git -C "$3" fetch --quiet --tags origin
  fi
  run git -C "$3" -c advice.detachedHead=false checkout --quiet --detach "$2"
}

step_comfyui() { checkout "$comfy_url" "$comfy_ref" "$comfy"; }

# Install a requirements file without the lines that would replace torch; once per content.
install_requirements() { # FILE
  local kept=$venv/breathe-requirements/${1//\//_} stamp
  if [[ ! -f $1 ]]; then
    [[ -n $dry_run ]] || return 0
    printf '+ %q %q <%q >%q   (if it has one)\n' "$python" "$here/requirements.py" "$1" "$kept"
    run "$venv/bin/pip" install --constraint "$constraints" --requirement "$kept"
    return
  fi
  [[ -f $constraints || -n $dry_run ]] || die "no $constraints: run the step venv first"
  "$python" "$here/requirements.py" <"$1" | write "$kept"
  [[ -f $kept && -f $constraints ]] || {
    run "$venv/bin/pip" install --constraint "$constraints" --requirement "$kept"
    return
  }
  stamp=$(cat -- "$kept" "$constraints" | sha256sum)
  if [[ -f $kept.done && $(<"$kept.done") == "$stamp" ]]; then
    same "$1 is installed"
    return
  fi
  run "$venv/bin/pip" install --constraint "$constraints" --requirement "$kept"
  printf '%s\n' "$stamp" | write "$kept.done"
}

step_requirements() {
  install_requirements "$comfy/requirements.txt"
  [[ -n $dry_run ]] || "$venv/bin/python" "$here/constraints.py" --check "$constraints" ||
    die "pip laid another torch over the one beneath; see docs/spark.md, torch-origin"
}

step_nodes() {
  local url commit folder
  while IFS=' ' read -r url commit; do
    [[ -n $url ]] || continue
    folder=$comfy/custom_nodes/$(basename -- "$url" .git)
    checkout "$url" "$commit" "$folder"
    install_requirements "$folder/requirements.txt"
  done <<<"$custom_nodes"
}

# An empty torchaudio, only where this ComfyUI imports it at start and it does not load.
step_stub() {
  if [[ ! -x $venv/bin/python || ! -d $comfy ]]; then
    printf '+ install the torchaudio stub if %q needs it\n' "$comfy"
  elif "$venv/bin/python" "$here/torchaudio_stub.py" --needed-by "$comfy"; then
    run "$venv/bin/python" "$here/torchaudio_stub.py"
  else
    same "torchaudio needs no stub here"
  fi
}

# A file counts only once its length and sha256 are right. hf has an environment of its own, in a
# release that goes on where a broken download stopped: 0.36.2 does, 2.4.0 throws the part away.
step_models() {
  local folder name source sha256
  if [[ -x $tools/bin/hf ]]; then
    same "$tools/bin/hf"
  else
    run "$python" -m venv "$tools"
    run "$tools/bin/pip" install huggingface_hub==0.36.2
  fi
  while IFS=' ' read -r folder name source sha256; do
    [[ -n $folder ]] || continue
    if "$python" "$here/verify_model.py" "$models/$folder/$name" "$sha256"; then
      same "$models/$folder/$name"
      continue
    fi
    if [[ $source == - ]]; then
      printf '! %s\n' "$folder/$name is not of $repository: put it into $models/$folder yourself"
      continue
    fi
    run "$tools/bin/hf" download "$repository" "$source" --local-dir "$home/downloads"
    if [[ -z $dry_run ]]; then
      "$python" "$here/verify_model.py" "$home/downloads/$source" "$sha256" --say ||
        { run rm -f -- "$home/downloads/$source"; die "$name did not arrive whole; run it again"; }
    fi
    run mkdir -p -- "$models/$folder"
    run mv -- "$home/downloads/$source" "$models/$folder/$name"
    # Its sha256, as verify_model.py remembers it.
    if [[ -f $(dirname -- "$home/downloads/$source")/.$name.sha256 ]]; then
      run mv -- "$(dirname -- "$home/downloads/$source")/.$name.sha256" "$models/$folder/"
    fi
  done <<<"$model_files"
}

# A user's unit: no root, restarted when it falls, gone when you say so.
step_service() {
  if ! command -v systemctl >/dev/null || ! systemctl --user show-environment >/dev/null 2>&1; then
    printf '! no systemd for this user; start it with: %s\n' "$start_command"
    return
  fi
  wrote=
  write "$unit" <"$here/comfyui.service"
  [[ -z $wrote ]] || run systemctl --user daemon-reload
  if systemctl --user is-enabled --quiet breathing-room-comfyui &&
    systemctl --user is-active --quiet breathing-room-comfyui; then
    same "breathing-room-comfyui runs"
  else
    run systemctl --user enable --now breathing-room-comfyui
  fi
  if [[ $(loginctl show-user "$(id -un)" --property Linger --value) == yes ]]; then
    same "it stays up when you log out"
  else
    run loginctl enable-linger
  fi
}

if [[ $(id -u) == 0 && -z ${BREATHE_AS_ROOT:-} ]]; then
  said="run it as the user who is to own ComfyUI, not as root: custom nodes run code"
  [[ -n $dry_run ]] || die "$said"
  printf '! %s\n' "$said"
fi
steps=("$@")
[[ ${#steps[@]} -gt 0 ]] || steps=(venv comfyui requirements nodes stub models service)
for step in "${steps[@]}"; do
  declare -F "step_$step" >/dev/null || die "no step is called $step"
  printf '# %s\n' "$step"
  "step_$step"
done
