# SPDX-License-Identifier: Apache-2.0
# Completion of sluicectl for bash.
_sluicectl() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb="" i
    local verbs="status workloads sessions clear counters stats meters policy sensors events trace
        attach detach attached debug version"
    local filter="host net port proto tcp udp icmp icmp6 sctp ip ip6 vlan app workload src dst and
        or not all"

    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --socket | -n | --limit | --mode | --interface | --name | --fail) ((i++)) ;;
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
    -n | --limit | --name | --interface) return ;;
    --mode)
        mapfile -t COMPREPLY < <(compgen -W "tap protect" -- "$word")
        return
        ;;
    --fail)
        mapfile -t COMPREPLY < <(compgen -W "open closed" -- "$word")
        return
        ;;
    esac
    if [[ $word == -* && $verb == attach ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--mode --interface --name --fail --socket --help" -- "$word")
        return
    fi
    if [[ $word == -* && $verb == detach ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--all --socket --help" -- "$word")
        return
    fi
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--json --limit --follow --socket --help --version" -- "$word")
        return
    fi
    case $verb in
    "") mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$word") ;;
    policy) mapfile -t COMPREPLY < <(compgen -W "show check apply" -- "$word") ;;
    sensors) mapfile -t COMPREPLY < <(compgen -W "show apply" -- "$word") ;;
    attach) mapfile -t COMPREPLY < <(compgen -f -W "$(ip netns list 2>/dev/null | cut -d' ' -f1)" -- "$word") ;;
    detach) mapfile -t COMPREPLY < <(compgen -W "$(sluicectl attached 2>/dev/null | tail -n +2 | cut -d' ' -f1)" -- "$word") ;;
    debug) mapfile -t COMPREPLY < <(compgen -W "error warn info debug" -- "$word") ;;
    sessions | clear | events | trace) mapfile -t COMPREPLY < <(compgen -W "$filter" -- "$word") ;;
    esac
}
complete -F _sluicectl sluicectl
