import { mount } from 'svelte';
import App from './App.svelte';
import { Wallet } from './state/wallet.svelte.ts';
import './styles/base.css';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element #app');
const wallet = new Wallet(
  () => new Worker(new URL('./worker/main.ts', import.meta.url), { type: 'module' }),
);
mount(App, { target, props: { wallet } });
addEventListener('offline', () => wallet.networkLost());
