export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

/** What goes into the start-up file of the shell. */
export function loadLine(shell: Shell): string {
  switch (shell) {
    case 'fish':
      return 'sluice completion fish | source';
    case 'powershell':
      return 'sluice completion powershell | Out-String | Invoke-Expression';
    default:
      return `source <(sluice completion ${shell})`;
  }
}

// Words go through stdin, not as arguments, which other users could see. What comes back is data: no shell evaluates it.
const SCRIPTS: Record<Shell, string> = {
  bash: `# sluice completion for bash. Load it: ${loadLine('bash')}
_sluice_complete() {
  local reply
  COMPREPLY=()
  while IFS= read -r reply; do
    COMPREPLY+=("$reply")
  done < <(printf '%s\\0' "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" | command sluice __complete bash 2>/dev/null)
}
complete -o nospace -F _sluice_complete sluice
`,
  zsh: `#compdef sluice
# sluice completion for zsh. Load it: ${loadLine('zsh')}
_sluice_complete() {
  local line kind
  local -a fields words_ words_shown open_ open_shown
  while IFS= read -r line; do
    fields=("\${(@ps:\\t:)line}")
    local shown="\${fields[2]}\${fields[3]:+  -- \${fields[3]}}"
    if [[ \${fields[1]} == open ]]; then
      open_+=("\${fields[2]}"); open_shown+=("$shown")
    else
      words_+=("\${fields[2]}"); words_shown+=("$shown")
    fi
  done < <(print -rN -- "\${(@Q)words[1,CURRENT-1]}" "\${(Q)PREFIX}" | command sluice __complete zsh 2>/dev/null)
  (( \${#words_} )) && compadd -l -d words_shown -a -- words_
  (( \${#open_} )) && compadd -l -S '' -d open_shown -a -- open_
  (( \${#words_} + \${#open_} ))
}
(( \${+functions[compdef]} )) || { autoload -Uz compinit && compinit }
compdef _sluice_complete sluice
`,
  fish: `# sluice completion for fish. Load it: ${loadLine('fish')}
function __sluice_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    printf '%s\\0' $words "$current" | command sluice __complete fish 2>/dev/null
end
complete -c sluice -e
complete -c sluice -f -k -a '(__sluice_complete)'
`,
  powershell: `# sluice completion for PowerShell. Load it: ${loadLine('powershell')}
Register-ArgumentCompleter -Native -CommandName sluice -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or ($_.Extent.EndOffset -eq $cursorPosition -and $wordToComplete -eq '') } |
        ForEach-Object { if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text } })
    $typed = $wordToComplete -replace "^['\`"]", ''
    $line = (@($words) + @($typed) | ForEach-Object { $_ + [char]0 }) -join ''
    $program = (Get-Command -Name sluice -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1).Source
    if (-not $program) { return }
    $line | & $program __complete powershell 2>$null | ForEach-Object {
        $quoted, $shown, $about = $_ -split "\`t", 3
        [System.Management.Automation.CompletionResult]::new($quoted, $shown, 'ParameterValue', $about)
    }
}
`,
};

/** What a shell runs once, when it starts. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
