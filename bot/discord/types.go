package discord

import "github.com/bwmarrin/discordgo"

// Shapes of messages and commands that the bot makes. They are the library's
// own; under these names nobody else has to import it.
type (
	Component   = discordgo.MessageComponent
	Row         = discordgo.ActionsRow
	Button      = discordgo.Button
	ButtonStyle = discordgo.ButtonStyle
	Emoji       = discordgo.ComponentEmoji
	Menu        = discordgo.SelectMenu
	MenuOption  = discordgo.SelectMenuOption
	MenuDefault = discordgo.SelectMenuDefaultValue
	TextInput   = discordgo.TextInput
	File        = discordgo.File
	Flags       = discordgo.MessageFlags

	Command       = discordgo.ApplicationCommand
	CommandOption = discordgo.ApplicationCommandOption
	CommandChoice = discordgo.ApplicationCommandOptionChoice
	OptionKind    = discordgo.ApplicationCommandOptionType
	ChannelKind   = discordgo.ChannelType
	Locale        = discordgo.Locale
	Context       = discordgo.InteractionContextType
	Integration   = discordgo.ApplicationIntegrationType
)

// Values of these shapes.
const (
	ButtonSecondary = discordgo.SecondaryButton
	ButtonSuccess   = discordgo.SuccessButton
	ButtonDanger    = discordgo.DangerButton
	MenuStrings     = discordgo.StringSelectMenu
	MenuChannels    = discordgo.ChannelSelectMenu
	DefaultChannel  = discordgo.SelectMenuDefaultValueChannel
	InputShort      = discordgo.TextInputShort
	InputParagraph  = discordgo.TextInputParagraph
	Ephemeral       = discordgo.MessageFlagsEphemeral

	ChannelText = discordgo.ChannelTypeGuildText
	ChannelNews = discordgo.ChannelTypeGuildNews

	CommandSlash     = discordgo.ChatApplicationCommand
	CommandOnMessage = discordgo.MessageApplicationCommand
	ContextGuild     = discordgo.InteractionContextGuild
	IntegrationGuild = discordgo.ApplicationIntegrationGuildInstall

	OptionSub     = discordgo.ApplicationCommandOptionSubCommand
	OptionGroup   = discordgo.ApplicationCommandOptionSubCommandGroup
	OptionString  = discordgo.ApplicationCommandOptionString
	OptionInt     = discordgo.ApplicationCommandOptionInteger
	OptionBool    = discordgo.ApplicationCommandOptionBoolean
	OptionChannel = discordgo.ApplicationCommandOptionChannel
	OptionRole    = discordgo.ApplicationCommandOptionRole
	OptionFile    = discordgo.ApplicationCommandOptionAttachment
)

// First answers to an interaction.
const (
	AnswerMessage     = discordgo.InteractionResponseChannelMessageWithSource
	AnswerLater       = discordgo.InteractionResponseDeferredChannelMessageWithSource
	AnswerUpdate      = discordgo.InteractionResponseUpdateMessage
	AnswerUpdateLater = discordgo.InteractionResponseDeferredMessageUpdate
	AnswerForm        = discordgo.InteractionResponseModal
	AnswerChoices     = discordgo.InteractionApplicationCommandAutocompleteResult
)
