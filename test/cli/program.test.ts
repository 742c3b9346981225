import { type Command, CommanderError } from 'commander';
import t from 'tap';
import { createProgram } from '../../src/cli/program.js';
import { AppError } from '../../src/core/errors.js';
import { reelroom } from './support.js';

function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}

const pathOf = (command: Command): string => (command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name());

t.test('the commands are those of the specification, and each has help', async (t) => {
  const commands = commandsOf(createProgram());
  t.same(commands.map(pathOf).sort(), [
    'reelroom',
    'reelroom apikey',
    'reelroom apikey create',
    'reelroom apikey list',
    'reelroom apikey revoke',
    'reelroom doctor',
    'reelroom recordings',
    'reelroom recordings list',
    'reelroom recordings show',
    'reelroom recordings verify',
    'reelroom render',
    'reelroom room',
    'reelroom room create',
    'reelroom room list',
    'reelroom serve',
    'reelroom token',
  ]);
  for (const command of commands) {
    t.match(command.helpInformation(), `Usage: ${pathOf(command)}`);
    t.match(command.description(), /\S/);
  }
});

t.test('what prints data prints JSON when asked to', async (t) => {
  const plain = commandsOf(createProgram()).filter((command) => command.commands.length === 0 && !command.options.some(({ long }) => long === '--json'));
  t.same(plain.map(pathOf), ['reelroom serve']);
});

t.test('wrong usage of any command is refused before anything is done', async (t) => {
  const wrong = ['sing', 'room', 'room create', 'room create --title T --kind x', 'recordings show', 'recordings list --xml', 'apikey create', 'apikey revoke', 'serve here', 'render x'];
  for (const line of wrong) {
    const program = createProgram();
    for (const command of commandsOf(program)) command.configureOutput({ writeErr: () => {}, writeOut: () => {} });
    const error = await program.parseAsync(line.split(' '), { from: 'user' }).catch((thrown: unknown) => thrown);
    const isUsage = error instanceof CommanderError ? error.exitCode !== 0 : error instanceof AppError && error.code === 'usage';
    t.ok(isUsage, line);
  }
});

t.test('exit codes: 0 done, 2 wrong usage', async (t) => {
  const data = t.testdir();
  t.match(await reelroom(data, ['--version']), { code: 0, stdout: /^\d+\.\d+\.\d+\n$/, stderr: '' });
  t.match(await reelroom(data, ['room', '--help']), { code: 0, stdout: /^Usage: reelroom room/, stderr: '' });
  t.match(await reelroom(data, ['sing']), { code: 2, stdout: '', stderr: /unknown command/ });
  t.match(await reelroom(data, ['--nothing']), { code: 2, stdout: '', stderr: /unknown option/ }, 'serve is meant');
  const badPort = await reelroom(data, ['serve'], { REELROOM_PORT: 'eighty' });
  t.match(badPort, { code: 2, stdout: '', stderr: /REELROOM_PORT is "eighty".*\[config_invalid\]/ });
});
