# bash completion of tslcd-monitor: commands and what each can do; then names of files.
_tslcd_monitor() {
    local words=''
    if [ "$COMP_CWORD" -eq 1 ]; then
        words='@COMMANDS@'
    elif [ "$COMP_CWORD" -eq 2 ]; then
        case ${COMP_WORDS[1]} in
@CASES@
        esac
    fi
    COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _tslcd_monitor tslcd-monitor
