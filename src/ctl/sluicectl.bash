# SPDX-License-Identifier: Apache-2.0
# Completion of sluicectl for bash.
_sluicectl() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb="" i
    local verbs="status workloads sessions clear counters stats meters policy sensors events trace
        debug version"
    local filter="host net port proto tcp udp icmp icmp6 sctp ip ip6 vlan app workload src dst and
        or not all"

    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --socket | -n | --limit) ((i++)) ;;
        -*) ;;
        *)
            verb=${COMP_WORDS[i]}
            break
            ;;
        esac
    done
    case $before in
    --socket | check | apply)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    -n | --limit) return ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--json --limit --follow --socket --help --version" -- "$word")
        return
    fi
    case $verb in
    "") mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$word") ;;
    policy) mapfile -t COMPREPLY < <(compgen -W "show check apply" -- "$word") ;;
    sensors) mapfile -t COMPREPLY < <(compgen -W "show apply" -- "$word") ;;
    debug) mapfile -t COMPREPLY < <(compgen -W "error warn info debug" -- "$word") ;;
    sessions | clear | events | trace) mapfile -t COMPREPLY < <(compgen -W "$filter" -- "$word") ;;
    esac
}
complete -F _sluicectl sluicectl
