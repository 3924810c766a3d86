// The secrets of the app: what it has at the payment provider. Everything else signs in by identity.

param token string
param location string
param tags object
param workspaceId string

@description('Keep a deleted vault for its whole retention; cannot be undone.')
param purgeProtection bool

@description('Let nobody in but private endpoints.')
param networkIsolation bool

@description('Refuse to delete the vault.')
param lock bool

@secure()
@description('Empty leaves the secret as it is.')
param paymentApiKey string

@secure()
@description('Empty leaves the secret as it is.')
param paymentWebhookSecret string

var paymentApiKeyName = 'payment-api-key'
var paymentWebhookSecretName = 'payment-webhook-secret'

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  // checkov:skip=CKV_AZURE_109: denied when networkIsolation is on; without a network nobody could reach it
  // checkov:skip=CKV_AZURE_189: off when networkIsolation is on; identities alone get in either way
  name: 'kv-${token}'
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    // The service refuses false; null leaves it off.
    enablePurgeProtection: purgeProtection ? true : null
    publicNetworkAccess: networkIsolation ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: networkIsolation ? 'Deny' : 'Allow'
    }
  }
}

resource apiKey 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(paymentApiKey)) {
  // checkov:skip=CKV_AZURE_41: the provider decides when a key ends; one that expired by itself would stop the orders
  parent: vault
  name: paymentApiKeyName
  tags: tags
  properties: {
    contentType: 'secret key of the payment provider'
    value: paymentApiKey
  }
}

resource webhookSecret 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(paymentWebhookSecret)) {
  // checkov:skip=CKV_AZURE_41: the provider decides when a secret ends; one that expired by itself would lose its calls
  parent: vault
  name: paymentWebhookSecretName
  tags: tags
  properties: {
    contentType: 'signing secret of the payment provider\'s webhook'
    value: paymentWebhookSecret
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: vault
  properties: {
    workspaceId: workspaceId
    // Who read which secret, and when.
    logs: [
      {
        categoryGroup: 'audit'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

resource deletionLock 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  name: 'keep'
  scope: vault
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds the key to the payments.'
  }
}

output name string = vault.name
output id string = vault.id
// Without a version, so that the app takes up a new one by itself, within a day.
output paymentApiKeyUri string = '${vault.properties.vaultUri}secrets/${paymentApiKeyName}'
output paymentWebhookSecretUri string = '${vault.properties.vaultUri}secrets/${paymentWebhookSecretName}'
