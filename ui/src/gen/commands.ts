// Generated from the command table in crates/api/src/table.rs. Do not edit.

import type { AnswerTool } from './AnswerTool';
import type { AppEvent } from './AppEvent';
import type { AppInfo } from './AppInfo';
import type { AttachTurn } from './AttachTurn';
import type { BankPage } from './BankPage';
import type { BankRef } from './BankRef';
import type { BankSettings } from './BankSettings';
import type { BodyView } from './BodyView';
import type { CancelTurn } from './CancelTurn';
import type { Chat } from './Chat';
import type { ChatPage } from './ChatPage';
import type { ChatView } from './ChatView';
import type { CheckProvider } from './CheckProvider';
import type { CheckServer } from './CheckServer';
import type { Copyable } from './Copyable';
import type { CreateChat } from './CreateChat';
import type { DeleteChat } from './DeleteChat';
import type { Diagnostics } from './Diagnostics';
import type { Done } from './Done';
import type { Empty } from './Empty';
import type { EngineView } from './EngineView';
import type { EnvFile } from './EnvFile';
import type { FetchImage } from './FetchImage';
import type { FetchMessages } from './FetchMessages';
import type { Hits } from './Hits';
import type { ImageData } from './ImageData';
import type { ImportKey } from './ImportKey';
import type { ListBanks } from './ListBanks';
import type { ListChats } from './ListChats';
import type { ListMemories } from './ListMemories';
import type { ListModels } from './ListModels';
import type { LocalServers } from './LocalServers';
import type { LookIntoEnvFile } from './LookIntoEnvFile';
import type { MemoryPage } from './MemoryPage';
import type { MemoryStatus } from './MemoryStatus';
import type { MemoryStatusOf } from './MemoryStatusOf';
import type { MessageRef } from './MessageRef';
import type { Messages } from './Messages';
import type { ModelList } from './ModelList';
import type { OpenChat } from './OpenChat';
import type { OpenUrl } from './OpenUrl';
import type { Preferences } from './Preferences';
import type { Profile } from './Profile';
import type { ProfileList } from './ProfileList';
import type { ProfileRef } from './ProfileRef';
import type { ProviderCheck } from './ProviderCheck';
import type { ProviderList } from './ProviderList';
import type { ProviderRef } from './ProviderRef';
import type { ProviderView } from './ProviderView';
import type { RetainState } from './RetainState';
import type { RetryTurn } from './RetryTurn';
import type { RunEvent } from './RunEvent';
import type { SaveBankSettings } from './SaveBankSettings';
import type { SaveDraft } from './SaveDraft';
import type { SaveMemoryModel } from './SaveMemoryModel';
import type { SavePreferences } from './SavePreferences';
import type { SaveProfile } from './SaveProfile';
import type { SaveProvider } from './SaveProvider';
import type { SaveServer } from './SaveServer';
import type { Search } from './Search';
import type { ServerCheck } from './ServerCheck';
import type { ServerList } from './ServerList';
import type { ServerRef } from './ServerRef';
import type { ServerView } from './ServerView';
import type { ShowBranch } from './ShowBranch';
import type { Siblings } from './Siblings';
import type { StartTurn } from './StartTurn';
import type { StartedTurn } from './StartedTurn';
import type { StepRef } from './StepRef';
import type { TurnRecord } from './TurnRecord';
import type { TurnRef } from './TurnRef';
import type { UpdateChat } from './UpdateChat';

/** Every command: what goes in, what comes out. */
export interface Commands {
  /** What this installation is. */
  'app.info': { request: Empty; answer: AppInfo; kind: 'read' };
  /** How the window looks and behaves. */
  'app.preferences': { request: Empty; answer: Preferences; kind: 'read' };
  /** Keeps how the window looks and behaves. */
  'app.savePreferences': { request: SavePreferences; answer: Preferences; kind: 'write' };
  /** Versions, settings without content and the last log lines, redacted. */
  'app.diagnostics': { request: Empty; answer: Diagnostics; kind: 'read' };
  /** Opens an address in the system's browser. */
  'app.openUrl': { request: OpenUrl; answer: Done; kind: 'write' };
  /** Low-rate notices: something changed, a run began or ended, a retain moved on. */
  'app.events': { request: Empty; answer: AppEvent; kind: 'stream' };
  /** How the memory engine in this app is. */
  'engine.status': { request: Empty; answer: EngineView; kind: 'read' };
  /** Sets the model behind memory and its limit. */
  'engine.saveModel': { request: SaveMemoryModel; answer: EngineView; kind: 'write' };
  /** Loads the sample bank. */
  'engine.loadSample': { request: Empty; answer: EngineView; kind: 'write' };
  /** Removes the sample bank. */
  'engine.removeSample': { request: Empty; answer: EngineView; kind: 'write' };
  /** Lists chats. */
  'chat.list': { request: ListChats; answer: ChatPage; kind: 'read' };
  /** Makes a chat. */
  'chat.create': { request: CreateChat; answer: Chat; kind: 'write' };
  /** Opens a chat. */
  'chat.open': { request: OpenChat; answer: ChatView; kind: 'read' };
  /** Fetches messages whole. */
  'chat.messages': { request: FetchMessages; answer: Messages; kind: 'read' };
  /** Lists the messages beside a message. */
  'chat.siblings': { request: MessageRef; answer: Siblings; kind: 'read' };
  /** Fetches an attached image. */
  'chat.image': { request: FetchImage; answer: ImageData; kind: 'read' };
  /** Changes a chat. */
  'chat.update': { request: UpdateChat; answer: Chat; kind: 'write' };
  /** Keeps what was typed and not sent. */
  'chat.saveDraft': { request: SaveDraft; answer: Done; kind: 'write' };
  /** Deletes a chat. */
  'chat.delete': { request: DeleteChat; answer: Done; kind: 'write' };
  /** Makes another branch visible; memory follows. */
  'chat.showBranch': { request: ShowBranch; answer: ChatView; kind: 'write' };
  /** Searches all messages and titles. */
  'chat.search': { request: Search; answer: Hits; kind: 'read' };
  /** Sends a message. */
  'turn.start': { request: StartTurn; answer: StartedTurn; kind: 'write' };
  /** Answers a question again. */
  'turn.retry': { request: RetryTurn; answer: StartedTurn; kind: 'write' };
  /** Follows a run. */
  'turn.attach': { request: AttachTurn; answer: RunEvent; kind: 'stream' };
  /** Stops a run. */
  'turn.cancel': { request: CancelTurn; answer: Done; kind: 'write' };
  /** Says whether a memory tool may store what it asked to store. */
  'turn.answerTool': { request: AnswerTool; answer: Done; kind: 'write' };
  /** Goes on without waiting for memory. */
  'turn.skipMemory': { request: CancelTurn; answer: Done; kind: 'write' };
  /** The record of a turn. */
  'turn.record': { request: TurnRef; answer: TurnRecord; kind: 'read' };
  /** A request of a turn as it was sent. */
  'turn.body': { request: StepRef; answer: BodyView; kind: 'read' };
  /** A request of a turn as a curl command, without the key. */
  'turn.curl': { request: StepRef; answer: Copyable; kind: 'read' };
  /** Tries again to store a turn. */
  'turn.retryRetain': { request: TurnRef; answer: RetainState; kind: 'write' };
  /** What memory would do for the next message of a chat. */
  'memory.status': { request: MemoryStatusOf; answer: MemoryStatus; kind: 'read' };
  /** All providers, presets and keys found in the environment. */
  'provider.list': { request: Empty; answer: ProviderList; kind: 'read' };
  /** Keeps a provider. */
  'provider.save': { request: SaveProvider; answer: ProviderView; kind: 'write' };
  /** Deletes a provider and its key. */
  'provider.delete': { request: ProviderRef; answer: Done; kind: 'write' };
  /** Deletes a provider's key. */
  'provider.clearKey': { request: ProviderRef; answer: Done; kind: 'write' };
  /** Checks a provider. */
  'provider.check': { request: CheckProvider; answer: ProviderCheck; kind: 'read' };
  /** Lists a provider's models. */
  'provider.models': { request: ListModels; answer: ModelList; kind: 'read' };
  /** Looks for model servers on this computer. */
  'provider.findLocal': { request: Empty; answer: LocalServers; kind: 'read' };
  /** Names the keys that a `.env` file holds. */
  'provider.lookIntoEnvFile': { request: LookIntoEnvFile; answer: EnvFile; kind: 'read' };
  /** Takes a key from the environment or from a `.env` file. */
  'provider.importKey': { request: ImportKey; answer: ProviderView; kind: 'write' };
  /** All models that can be chosen, from the last lists. */
  'model.list': { request: Empty; answer: ModelList; kind: 'read' };
  /** All memory servers. */
  'server.list': { request: Empty; answer: ServerList; kind: 'read' };
  /** Keeps a memory server. */
  'server.save': { request: SaveServer; answer: ServerView; kind: 'write' };
  /** Deletes a memory server and its key; its data stays where it is. */
  'server.delete': { request: ServerRef; answer: Done; kind: 'write' };
  /** Deletes a memory server's key. */
  'server.clearKey': { request: ServerRef; answer: Done; kind: 'write' };
  /** Makes new turns use a memory server. */
  'server.makeDefault': { request: ServerRef; answer: Done; kind: 'write' };
  /** Checks a memory server. */
  'server.check': { request: CheckServer; answer: ServerCheck; kind: 'read' };
  /** Lists banks. */
  'server.banks': { request: ListBanks; answer: BankPage; kind: 'read' };
  /** The settings of turns on a bank. */
  'bank.settings': { request: BankRef; answer: BankSettings; kind: 'read' };
  /** Keeps the settings of turns on a bank. */
  'bank.saveSettings': { request: SaveBankSettings; answer: Done; kind: 'write' };
  /** All profiles. */
  'profile.list': { request: Empty; answer: ProfileList; kind: 'read' };
  /** Keeps a profile. */
  'profile.save': { request: SaveProfile; answer: Profile; kind: 'write' };
  /** Deletes a profile; chats that used it fall back. */
  'profile.delete': { request: ProfileRef; answer: Done; kind: 'write' };
  /** Lists facts of a bank, the one said last first, or by the time that the filter names. */
  'memory.list': { request: ListMemories; answer: MemoryPage; kind: 'read' };
}

/** What each command does, and what it answers from or makes stale. */
export const COMMANDS = {
  'app.info': { kind: 'read', tags: ['secrets'] },
  'app.preferences': { kind: 'read', tags: ['preferences'] },
  'app.savePreferences': { kind: 'write', tags: ['preferences'] },
  'app.diagnostics': { kind: 'read', tags: [] },
  'app.openUrl': { kind: 'write', tags: [] },
  'app.events': { kind: 'stream', tags: [] },
  'engine.status': { kind: 'read', tags: ['engine'] },
  'engine.saveModel': { kind: 'write', tags: ['engine'] },
  'engine.loadSample': { kind: 'write', tags: ['engine', 'banks'] },
  'engine.removeSample': { kind: 'write', tags: ['engine', 'banks'] },
  'chat.list': { kind: 'read', tags: ['chats'] },
  'chat.create': { kind: 'write', tags: ['chats'] },
  'chat.open': { kind: 'read', tags: ['chat'] },
  'chat.messages': { kind: 'read', tags: ['chat'] },
  'chat.siblings': { kind: 'read', tags: ['chat'] },
  'chat.image': { kind: 'read', tags: [] },
  'chat.update': { kind: 'write', tags: ['chats', 'chat'] },
  'chat.saveDraft': { kind: 'write', tags: [] },
  'chat.delete': { kind: 'write', tags: ['chats', 'outbox'] },
  'chat.showBranch': { kind: 'write', tags: ['chat', 'outbox'] },
  'chat.search': { kind: 'read', tags: ['chats'] },
  'turn.start': { kind: 'write', tags: ['chats', 'chat'] },
  'turn.retry': { kind: 'write', tags: ['chats', 'chat'] },
  'turn.attach': { kind: 'stream', tags: [] },
  'turn.cancel': { kind: 'write', tags: [] },
  'turn.answerTool': { kind: 'write', tags: [] },
  'turn.skipMemory': { kind: 'write', tags: [] },
  'turn.record': { kind: 'read', tags: ['record'] },
  'turn.body': { kind: 'read', tags: [] },
  'turn.curl': { kind: 'read', tags: [] },
  'turn.retryRetain': { kind: 'write', tags: ['outbox', 'record'] },
  'memory.status': { kind: 'read', tags: ['chat', 'servers', 'providers', 'outbox'] },
  'provider.list': { kind: 'read', tags: ['providers'] },
  'provider.save': { kind: 'write', tags: ['providers', 'models'] },
  'provider.delete': { kind: 'write', tags: ['providers', 'models'] },
  'provider.clearKey': { kind: 'write', tags: ['providers'] },
  'provider.check': { kind: 'read', tags: [] },
  'provider.models': { kind: 'read', tags: ['models'] },
  'provider.findLocal': { kind: 'read', tags: [] },
  'provider.lookIntoEnvFile': { kind: 'read', tags: [] },
  'provider.importKey': { kind: 'write', tags: ['providers', 'models'] },
  'model.list': { kind: 'read', tags: ['models', 'providers'] },
  'server.list': { kind: 'read', tags: ['servers'] },
  'server.save': { kind: 'write', tags: ['servers'] },
  'server.delete': { kind: 'write', tags: ['servers'] },
  'server.clearKey': { kind: 'write', tags: ['servers'] },
  'server.makeDefault': { kind: 'write', tags: ['servers'] },
  'server.check': { kind: 'read', tags: [] },
  'server.banks': { kind: 'read', tags: ['servers', 'banks'] },
  'bank.settings': { kind: 'read', tags: ['bankSettings'] },
  'bank.saveSettings': { kind: 'write', tags: ['bankSettings', 'chat'] },
  'profile.list': { kind: 'read', tags: ['profiles'] },
  'profile.save': { kind: 'write', tags: ['profiles', 'chat'] },
  'profile.delete': { kind: 'write', tags: ['profiles', 'chat'] },
  'memory.list': { kind: 'read', tags: ['memories'] },
} as const;
