import { shellWord } from '../text/shell.ts';

/** Where sluice runs in CI. */
const CI_SERVICES = ['github', 'gitlab'] as const;
export type CiService = (typeof CI_SERVICES)[number];

export interface CiSetup {
  /** The context that is planned, deployed to and checked for drift; letters, digits, `_`, `.` and `-`. */
  context: string;
  /** Variables that connectors need for a deploy. */
  variables: readonly string[];
  /** The project file from the top of the repository, if it is below that: letters, digits, spaces, `_./@+-`. */
  project?: string | undefined;
}

/** @returns the file, relative to the top of the repository, and its text */
export function ciFile(service: CiService, setup: CiSetup): { file: string; text: string } {
  return service === 'github'
    ? { file: '.github/workflows/connectors.yml', text: githubWorkflow(setup) }
    : { file: '.gitlab-ci.yml', text: gitlabPipeline(setup) };
}

/** Not from its folder: findings must name files from the top of the repository. */
const AT_PROJECT = ' --project "$PROJECT_FILE"';

/** Pinned: a tag could be moved to other code. */
const ACTIONS = {
  checkout: 'actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1',
  node: 'actions/setup-node@395ad3262231945c25e8478fd5baf05154b1d79f # v6.1.0',
  upload: 'actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f # v6.0.0',
  download: 'actions/download-artifact@37930b1c2abaa49bbe596cd826c3c89aef350131 # v7.0.0',
} as const;

/**
 * Expressions (`${{ }}`) are in `env`, `with` and `if` only: in a script they would be code. Only the job that comments may
 * write to a pull request, and it runs no code of it.
 */
function githubWorkflow({ context, variables, project }: CiSetup): string {
  const at = project === undefined ? '' : AT_PROJECT;
  const planning = `${context}-plan`;
  const secrets = (names: readonly string[]) =>
    names.map((name) => `          ${name}: \${{ secrets.${name} }}`).join('\n');
  const needed = (names: readonly string[]) =>
    names.length === 0
      ? ''
      : `
          for name in ${names.join(' ')}; do
            [ -n "\${!name:-}" ] || { echo "::error::the secret $name is missing in this environment"; exit 2; }
          done`;
  const env = (names: readonly string[]) =>
    names.length === 0
      ? '        # env: the variables of connector files, as NAME: ${{ secrets.NAME }}'
      : `        env:\n${secrets(names)}`;
  const withKey = ['SLUICE_PLAN_KEY', ...variables];
  const setup = `      - uses: ${ACTIONS.checkout}
        with:
          persist-credentials: false
      - uses: ${ACTIONS.node}
        with:
          node-version: 24
      - run: npm ci`;
  return `# Validates and plans connectors in pull requests, deploys them from main, and looks for drift every day.
#
# It needs:
# - sluice in the devDependencies of package.json
# - runners that reach Kafka Connect and the databases; otherwise change runs-on
# - two environments (Settings, Environments), limited to the branch main, with these secrets:
#   ${withKey.join(', ')}
#   - ${planning}: without reviewers; plans what a deploy will do, and looks for drift
#   - ${context}: with required reviewers, who see the plan in the job summary before they approve
# SLUICE_PLAN_KEY is a random text (openssl rand -hex 32), the same in both: it seals the plan.
name: Connectors

on:
  # With paths: they run for changes of connectors only; name all that sluice.yaml does.
  pull_request:
  push:
    branches: [main]
  schedule:
    - cron: "17 5 * * *"
  workflow_dispatch:

permissions: {}

env:
  SLUICE_CONTEXT: ${JSON.stringify(context)}${project === undefined ? '' : `\n  PROJECT_FILE: ${JSON.stringify(project)}`}

defaults:
  run:
    shell: bash

jobs:
  validate:
    if: github.event_name != 'schedule'
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
${setup}
      - run: npx --no sluice validate${at} -o github

  # Without secrets: values with variables that are not set are not compared.
  plan:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
${setup}
      - name: Plan
        run: |
          code=0
          plan="$RUNNER_TEMP/plan.md"
          npx --no sluice plan${at} --allow-unset -o markdown --to "$plan" || code=$?
          [ -f "$plan" ] || echo "The plan failed: see the log of the job." > "$plan"
          cat "$plan" >> "$GITHUB_STEP_SUMMARY"
          exit "$code"
      - uses: ${ACTIONS.upload}
        if: \${{ !cancelled() }}
        with:
          name: plan-of-pull-request
          path: \${{ runner.temp }}/plan.md

  # Not for forks: their pull requests may not write. The plan is in the job summary.
  comment:
    needs: plan
    if: >-
      \${{ !cancelled() && github.event_name == 'pull_request'
      && github.event.pull_request.head.repo.full_name == github.repository }}
    runs-on: ubuntu-latest
    permissions:
      pull-requests: write
    steps:
      - uses: ${ACTIONS.download}
        with:
          name: plan-of-pull-request
      - name: Comment, or update the comment
        run: |
          { echo "<!-- sluice plan -->"; cat plan.md; } > comment.md
          comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"
          own='.[] | select(.user.login == "github-actions[bot]" and (.body | startswith("<!-- sluice plan -->"))) | .id'
          id=$(gh api --paginate "$comments" --jq "$own" | sed -n 1p)
          if [ -n "$id" ]; then
            gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -F body=@comment.md > /dev/null
          else
            gh api --method POST "$comments" -F body=@comment.md > /dev/null
          fi
        env:
          GH_TOKEN: \${{ github.token }}
          NUMBER: \${{ github.event.pull_request.number }}

  prepare:
    needs: validate
    if: github.ref == 'refs/heads/main' && (github.event_name == 'push' || github.event_name == 'workflow_dispatch')
    runs-on: ubuntu-latest
    environment: ${JSON.stringify(planning)}
    permissions:
      contents: read
    outputs:
      changes: \${{ steps.plan.outputs.changes }}
    steps:
${setup}
      - name: Plan
        id: plan
        run: |${needed(withKey)}
          code=0
          plan="$RUNNER_TEMP/plan.md"
          npx --no sluice plan${at} --save "$RUNNER_TEMP/plan.json" --exit-code -o markdown --to "$plan" || code=$?
          if [ -f "$plan" ]; then cat "$plan" >> "$GITHUB_STEP_SUMMARY"; fi
          # 10: something differs.
          if [ "$code" = 10 ]; then
            echo "changes=true" >> "$GITHUB_OUTPUT"
            code=0
          fi
          exit "$code"
        env:
${secrets(withKey)}
      - uses: ${ACTIONS.upload}
        if: steps.plan.outputs.changes == 'true'
        with:
          name: plan-of-deploy
          path: \${{ runner.temp }}/plan.json

  # Does what was planned, or nothing if the cluster or the files have changed since.
  deploy:
    needs: prepare
    if: needs.prepare.outputs.changes == 'true'
    runs-on: ubuntu-latest
    environment: ${JSON.stringify(context)}
    concurrency: ${JSON.stringify(`connectors-${context}`)}
    permissions:
      contents: read
    steps:
${setup}
      - uses: ${ACTIONS.download}
        with:
          name: plan-of-deploy
          path: \${{ runner.temp }}
      - name: Deploy
        run: |${needed(withKey)}
          npx --no sluice deploy${at} --plan "$RUNNER_TEMP/plan.json" --confirm "$SLUICE_CONTEXT" --timeout 5m
        env:
${secrets(withKey)}

  # Fails if somebody changed what runs (exit code 10).
  drift:
    if: github.event_name == 'schedule'
    runs-on: ubuntu-latest
    environment: ${JSON.stringify(planning)}
    permissions:
      contents: read
    steps:
${setup}
      - name: Compare with the cluster
        run: |${needed(variables)}
          code=0
          plan="$RUNNER_TEMP/plan.md"
          npx --no sluice plan${at} --exit-code -o markdown --to "$plan" || code=$?
          if [ -f "$plan" ]; then cat "$plan" >> "$GITHUB_STEP_SUMMARY"; fi
          exit "$code"
${env(variables)}
`;
}

/** Jobs of a merge request get no protected variables, so none of them needs a secret. */
function gitlabPipeline({ context, variables, project }: CiSetup): string {
  const at = project === undefined ? '' : AT_PROJECT;
  const withKey = ['SLUICE_PLAN_KEY', ...variables];
  const needed = (names: readonly string[]) =>
    names.map((name) => `    - ': "\${${name}:?is missing in Settings, CI/CD, Variables}"'\n`).join('');
  return `# Validates and plans connectors in merge requests, deploys them from the default branch by hand, and looks for drift in
# scheduled pipelines (Build, Pipeline schedules).
#
# It needs:
# - sluice in the devDependencies of package.json
# - runners that reach Kafka Connect and the databases
# - these variables (Settings, CI/CD, Variables), masked and protected:
#   ${withKey.join(', ')}
#   SLUICE_PLAN_KEY is a random text (openssl rand -hex 32): it seals the plan.
# - an environment ${context}, protected if your edition can do that
stages: [check, plan, deploy]

workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH

variables:
  SLUICE_CONTEXT: ${JSON.stringify(context)}${project === undefined ? '' : `\n  PROJECT_FILE: ${JSON.stringify(project)}`}

default:
  image: node:24
  before_script:
    - npm ci

validate:
  stage: check
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
      when: never
    - when: on_success
  script:
    # The second call shows the findings in the log.
    - |
      npx --no sluice validate${at} -o gitlab --to gl-code-quality-report.json ||
        npx --no sluice validate${at}
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality-report.json

# Without secrets: values with variables that are not set are not compared. The merge request links to the plan.
plan-merge-request:
  stage: check
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  script:
    - npx --no sluice plan${at} --allow-unset -o markdown --to connector-plan.md
  artifacts:
    when: always
    expose_as: Connector plan
    paths: [connector-plan.md]
    expire_in: 1 month

plan:
  stage: plan
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
      when: never
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  script:
${needed(withKey)}    - npx --no sluice plan${at} --save plan.json
  artifacts:
    paths: [plan.json]
    expire_in: 1 month

# Does what was planned, or nothing if the cluster or the files have changed since.
deploy:
  stage: deploy
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
      when: never
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
      when: manual
      allow_failure: true
  environment: ${JSON.stringify(context)}
  resource_group: ${JSON.stringify(`connectors-${context}`)}
  script:
${needed(withKey)}    - npx --no sluice deploy${at} --plan plan.json --confirm "$SLUICE_CONTEXT" --timeout 5m

# Fails if somebody changed what runs (exit code 10).
drift:
  stage: check
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
  script:
${needed(variables)}    - npx --no sluice plan${at} --exit-code
`;
}

export const HOOK_FILE = '.githooks/pre-commit';

/** A git hook for a whole team: it is in the repository, and each clone turns it on. */
export function hookText(project?: string): string {
  return `#!/bin/sh
# Checks connector files before a commit, as they are in the working folder.
# Turn it on in each clone: git config core.hooksPath .githooks
# Skip it once: git commit --no-verify
set -e
git diff --cached --quiet -- '*.json' '*.yaml' '*.yml' && exit 0
sluice=sluice
[ -x node_modules/.bin/sluice ] && sluice=node_modules/.bin/sluice
"$sluice" validate --quiet${project === undefined ? '' : ` --project ${shellWord(project)}`}
`;
}
