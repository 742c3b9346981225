import { render } from 'preact';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/home.css';
import './styles/join.css';
import './styles/room.css';
import './styles/present.css';
import './styles/panel.css';
import './styles/chat.css';
import './styles/files.css';
import './styles/forced-colors.css';
import { App } from './ui/app.js';
import { startLanguage } from './ui/language.js';

const root = document.getElementById('app');
if (root) void startLanguage().then(() => render(<App />, root));
